"""Stands for `ckan.types`: names for annotations, which check nothing here."""

from typing import Any, TypeAlias

from portico.actions import ActionFunction, AuthFunction, Context, DataDict

SignalMapping: TypeAlias = dict[Any, list[Any]]
Action: TypeAlias = ActionFunction
AuthResult: TypeAlias = dict[str, Any]


class _Names:
    def __getattr__(self, name: str) -> Any:
        return Any


ActionResult = _Names()
"""What each action returns, by the action's name: `ActionResult.UserShow`."""


def __getattr__(name: str) -> Any:
    # CKAN has dozens of them, and more with every version.
    if name.startswith("_"):
        msg = f"module 'ckan.types' has no attribute {name!r}"
        raise AttributeError(msg)
    return Any


__all__ = ["Action", "ActionResult", "AuthFunction", "AuthResult", "Context", "DataDict", "SignalMapping"]
