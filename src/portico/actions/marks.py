"""Marks functions with what they say of themselves: the decorators of actions and authorisation functions.

Each sets an attribute, named as in CKAN, so that functions written for it say the same here.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

CHAINED: Final = ("chained_action", "chained_auth_function")


def side_effect_free(action: F) -> F:
    """Say that an action changes nothing, so that it may be called by GET, and is told of without waiting for a commit.

    What wraps it keeps that. A wrapper that does change something says so: `wrapper.side_effect_free = False`.
    """
    return _mark(action, "side_effect_free")


def chained_action(action: F) -> F:
    """Say that an action wraps the one of the same name: it is called as `(next_action, context, data_dict)`.

    Several wrap one another in plugin order: that of the first plugin is called first, and its `next_action` is that
    of the second. Calling it is up to the wrapper; neither authorisation nor signals are repeated for it.
    """
    return _mark(action, "chained_action")


def chained_auth_function(function: F) -> F:
    """Say the same of an authorisation function: `(next_auth, context, data_dict)`."""
    return _mark(function, "chained_auth_function")


def auth_allow_anonymous_access(function: F) -> F:
    """Say that an authorisation function decides about people who are not signed in, too; others are not asked.

    In a chain every function has to say so.
    """
    return _mark(function, "auth_allow_anonymous_access")


def checks_access_itself(action: F) -> F:
    """Say that an action calls `check_access` on its own, by another name or later: none is made before it runs."""
    return _mark(action, "checks_access_itself")


def sensitive(*fields: str) -> Callable[[F], F]:
    """Say which fields of an action's data or result stay out of signals, at any depth: their values are masked."""

    def mark(action: F) -> F:
        action.sensitive_fields = sensitive_fields(action) | frozenset(fields)  # type: ignore[attr-defined]
        return action

    return mark


def is_marked(function: object, mark: str) -> bool:
    """Tell whether a function was marked."""
    return getattr(function, mark, False) is True


def denies(function: object, mark: str) -> bool:
    """Tell whether a function says of itself that it is not what the mark says."""
    return getattr(function, mark, None) is False


def is_chained(function: object) -> bool:
    """Tell whether a function wraps another one."""
    return any(is_marked(function, mark) for mark in CHAINED)


def sensitive_fields(function: object) -> frozenset[str]:
    """Return the fields that stay out of signals."""
    fields = getattr(function, "sensitive_fields", None)
    return fields if isinstance(fields, frozenset) else frozenset()


def _mark(function: F, mark: str) -> F:
    setattr(function, mark, True)
    return function
