"""Translates actions and authorisation functions between CKAN's form and Portico's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from portico.actions import Action, Context, DataDict, checks_access_itself
from portico.compat.ckan.errors import NotAuthorized, ValidationError, translated
from portico.errors import NotFoundError, PluginError
from portico.host import current_host

F = TypeVar("F", bound=Callable[..., Any])


def get_action(action: str) -> Callable[..., Any]:
    """Return an action, to be called as `(context, data_dict)`.

    Raises:
        KeyError: there is no such action.
    """
    try:
        found: Action = current_host().actions.get_action(action)
    except NotFoundError as error:
        raise KeyError(str(error)) from error

    @wraps(found.__call__)
    def call(context: Context | None = None, data_dict: DataDict | None = None) -> Any:
        with translated():
            return found(context, data_dict)

    call.side_effect_free = found.side_effect_free  # type: ignore[attr-defined]
    return call


def check_access(action: str, context: Context | None = None, data_dict: DataDict | None = None) -> bool:
    """Return if whoever acts may call that action.

    Raises:
        NotAuthorized: they may not.
    """
    with translated():
        return current_host().actions.check_access(action, context, data_dict)


def get_or_bust(data_dict: DataDict, keys: str | list[str] | tuple[str, ...]) -> Any:
    """Return a value, or several.

    Raises:
        ValidationError: some are missing.
    """
    wanted = [keys] if isinstance(keys, str) else list(keys)
    missing = {key: ["Missing value"] for key in wanted if key not in data_dict}
    if missing:
        raise ValidationError(missing)
    return data_dict[keys] if isinstance(keys, str) else tuple(data_dict[key] for key in wanted)


def auth_disallow_anonymous_access(function: F) -> F:
    """Say that people who are not signed in may not; they may not anyway."""
    function.auth_allow_anonymous_access = False  # type: ignore[attr-defined]
    return function


def auth_sysadmins_check(function: F) -> F:
    """Say that administrators are asked like everybody else."""
    function.auth_sysadmins_check = True  # type: ignore[attr-defined]
    return function


# -- towards Portico --------------------------------------------------------------------------------------------


def adapt_actions(actions: object) -> Mapping[str, Callable[..., Any]]:
    """Return actions of an extension for Portico's registry: each of them checks access itself, as CKAN's do.

    Raises:
        PluginError: they are no functions by name.
    """
    return {name: checks_access_itself(_action(function)) for name, function in _items("get_actions", actions)}


def adapt_auth_functions(functions: object) -> Mapping[str, Callable[..., Any]]:
    """Return authorisation functions of an extension for Portico's registry: administrators may, without being asked.

    Raises:
        PluginError: they are no functions by name.
    """
    return {name: _auth_function(function) for name, function in _items("get_auth_functions", functions)}


def _items(method: str, functions: object) -> list[tuple[str, Callable[..., Any]]]:
    if functions is None:
        return []
    if not isinstance(functions, Mapping):
        msg = f"{method}() returned {type(functions).__name__!r}; return a dict of names and functions"
        raise PluginError(msg)
    for name, function in functions.items():
        if not callable(function):
            msg = (
                f"{method}() returned {type(function).__name__!r} for {name!r}, which is not callable; return functions"
            )
            raise PluginError(msg)
    return list(functions.items())


def _action(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def action(*args: Any) -> Any:
        # `(next_action, context, data_dict)` for a chained one.
        return function(*map(_translating, args[:-2]), *args[-2:])

    return action


def _translating(following: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(following)
    def call(context: Context | None = None, data_dict: DataDict | None = None) -> Any:
        with translated():
            return following({} if context is None else context, {} if data_dict is None else data_dict)

    return call


def _auth_function(function: Callable[..., Any]) -> Callable[..., Any]:
    asks_everybody = getattr(function, "auth_sysadmins_check", False)

    @wraps(function)
    def auth(*args: Any) -> Any:
        following, (context, data_dict) = [_verdict_of(each) for each in args[:-2]], args[-2:]
        if not asks_everybody and is_administrator(context):
            # What is wrapped has a say of its own.
            return following[0](context, data_dict) if following else {"success": True}
        try:
            return function(*following, context, data_dict)
        except NotAuthorized as error:
            return {"success": False, "msg": error.message}

    return auth


def _verdict_of(following: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(following)
    def call(context: Context, data_dict: DataDict | None = None) -> Any:
        verdict = following(context, {} if data_dict is None else data_dict)
        return verdict if isinstance(verdict, Mapping) else {"success": verdict is True}

    return call


def is_administrator(context: Context) -> bool:
    """Tell whether whoever acts is an administrator."""
    user = context.get("auth_user_obj")
    return any(getattr(user, name, False) is True for name in ("sysadmin", "is_admin"))
