"""Offers everything that a plugin author needs in one import: `import portico.toolkit as tk`.

What stands in `__all__` keeps its name and its meaning until the next major version; what is to go is announced by a
`DeprecationWarning` one minor version before. Modules behind it may move at any time.
"""

from typing import TYPE_CHECKING, Any, Literal

from portico import builtin as signals
from portico.actions import (
    Action,
    Context,
    DataDict,
    IActions,
    IAuthFunctions,
    action_depth,
    auth_allow_anonymous_access,
    chained_action,
    chained_auth_function,
    checks_access_itself,
    returns,
    sensitive,
    side_effect_free,
    takes,
)
from portico.errors import ConflictError, PluginError, PorticoError, ValidationError, Veto
from portico.errors import NotAuthorizedError as NotAuthorized
from portico.errors import NotFoundError as ObjectNotFound
from portico.host import current_host, use_plugin
from portico.plugins import (
    IAppRegister,
    IBlueprint,
    Interface,
    IPluginBootstrap,
    IPluginObserver,
    ISignal,
    Plugin,
    SingletonPlugin,
    SubscriptionMapping,
    implements,
)
from portico.signals import ANY, Namespace, Signal

if TYPE_CHECKING:
    from portico.sources.sqlalchemy import send_after_commit

__all__ = [
    "ANY",
    "ConflictError",
    "Context",
    "DataDict",
    "IActions",
    "IAppRegister",
    "IAuthFunctions",
    "IBlueprint",
    "IPluginBootstrap",
    "IPluginObserver",
    "ISignal",
    "Interface",
    "Namespace",
    "NotAuthorized",
    "ObjectNotFound",
    "Plugin",
    "PluginError",
    "PorticoError",
    "Signal",
    "SingletonPlugin",
    "SubscriptionMapping",
    "ValidationError",
    "Veto",
    "action_depth",
    "auth_allow_anonymous_access",
    "chained_action",
    "chained_auth_function",
    "check_access",
    "checks_access_itself",
    "current_host",
    "get_action",
    "implements",
    "returns",
    "send_after_commit",
    "sensitive",
    "side_effect_free",
    "signals",
    "takes",
    "use_plugin",
]


def get_action(name: str) -> Action:
    """Return an action of the open host, to be called as `(context, data_dict)`.

    Within a request to the portal, what `context` leaves out is filled in: the person, and the database session.

    Raises:
        ObjectNotFound: there is no such action.
        HostError: no host is open.
    """
    return current_host().actions.get_action(name)


def check_access(name: str, context: Context | None = None, data_dict: DataDict | None = None) -> Literal[True]:
    """Return if whoever acts may call that action with this data.

    Raises:
        NotAuthorized: they may not; the message says why.
        HostError: no host is open.
    """
    return current_host().actions.check_access(name, context, data_dict)


def __getattr__(name: str) -> Any:
    if name == "send_after_commit":
        from portico.sources.sqlalchemy import send_after_commit  # noqa: PLC0415 - needs an extra

        return send_after_commit
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
