"""Reads the plugin's settings from the environment, each time they are asked for."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import portico.toolkit as tk


@dataclass(frozen=True)
class Settings:
    """How many failures within which time are suspicious."""

    failures: int = 5
    seconds: float = 300

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read them.

        Raises:
            PluginError: one cannot be used; the message names it. Raised while enabling, it stands in the listing.
        """
        return cls(
            failures=int(_number(environment, "LOGIN_GUARD_FAILURES", cls.failures)),
            seconds=_number(environment, "LOGIN_GUARD_SECONDS", cls.seconds),
        )


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    given = environment.get(name, "")
    if not given:
        return default
    try:
        number = float(given)
    except ValueError:
        number = 0
    if not 1 <= number < float("inf"):
        raise tk.PluginError(f"{name} is {given!r}; use a number of 1 or more")
    return number
