"""Explains in one message what is wrong with settings and where each came from, without their values."""

import os
import tomllib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

PREFIX = "PORTICO_"


def explain(error: ValidationError, *, given: Collection[str], file: Path | None) -> str:
    """One message for everything that pydantic complains of.

    Args:
        error: its complaints.
        given: the settings that were arguments.
        file: the configuration file; None where neither it nor the environment was read.
    """
    complaints = []
    for detail in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in detail["loc"])
        if detail["type"] == "extra_forbidden":
            complaints.append(f"{key} is no setting of the portal; remove it or correct its spelling")
        else:
            message = detail["msg"].removeprefix("Value error, ")
            source = _source(str(detail["loc"][0]), given, file)
            complaints.append(f"{key} ({source}): {message[:1].lower()}{message[1:]}{_hint(key)}")
    return "cannot start with these settings: " + "; ".join(complaints)


def _source(key: str, given: Collection[str], file: Path | None) -> str:
    if key in given:
        return "as given"
    if file is not None:
        if variable := _variable(key):
            return f"{variable} in the environment"
        if key in _read(file):
            return f"in {str(file)!r}"
    return "not set"


def _variable(key: str) -> str | None:
    # As pydantic-settings finds them: whatever their case.
    return next((name for name in os.environ if name.upper() == f"{PREFIX}{key}".upper()), None)


def _read(file: Path) -> dict[str, object]:
    with suppress(OSError):
        return tomllib.loads(file.read_text(encoding="utf-8"))
    return {}


def _hint(key: str) -> str:
    variable = _variable(key)
    if variable is None or not os.environ[variable].startswith("tcp://"):
        return ""
    service = variable.upper().removesuffix("_PORT").replace("_", "-").lower()
    return (
        f" (Kubernetes sets {variable} to an address where there is a service called {service!r};"
        " set enableServiceLinks to false in the pod, or set it yourself)"
    )
