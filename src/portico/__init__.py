"""Offers signals and plugins for Python web portals; loads each part when it is first used."""

from typing import TYPE_CHECKING, Any, Final

from portico.errors import (
    AsyncReceiverError,
    ConfigurationError,
    DeclarationError,
    HostError,
    LostReceiverWarning,
    MissingExtraError,
    ModifiedPayloadWarning,
    PluginError,
    PorticoError,
    ReceiverError,
    SignalError,
    StoreError,
    UnboundReceiverWarning,
    UnknownPluginError,
    Veto,
)
from portico.signals import (
    ANY,
    Mutable,
    Namespace,
    Ownership,
    SendReport,
    Signal,
    Subscription,
    Undo,
    guard_payloads,
    tap,
)

if TYPE_CHECKING:
    from portico.builtin import core, ext
    from portico.host import Portico, use_plugin
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

__all__ = [
    "ANY",
    "AsyncReceiverError",
    "ConfigurationError",
    "DeclarationError",
    "HostError",
    "IAppRegister",
    "IBlueprint",
    "IPluginBootstrap",
    "IPluginObserver",
    "ISignal",
    "Interface",
    "LostReceiverWarning",
    "MissingExtraError",
    "ModifiedPayloadWarning",
    "Mutable",
    "Namespace",
    "Ownership",
    "Plugin",
    "PluginError",
    "Portico",
    "PorticoError",
    "ReceiverError",
    "SendReport",
    "Signal",
    "SignalError",
    "SingletonPlugin",
    "StoreError",
    "Subscription",
    "SubscriptionMapping",
    "UnboundReceiverWarning",
    "Undo",
    "UnknownPluginError",
    "Veto",
    "core",
    "ext",
    "guard_payloads",
    "implements",
    "tap",
    "use_plugin",
]

# Whoever only declares and sends signals does not pay for the rest.
_LAZY: Final = {
    "core": "portico.builtin",
    "ext": "portico.builtin",
    "Portico": "portico.host",
    "use_plugin": "portico.host",
    "IAppRegister": "portico.plugins",
    "IBlueprint": "portico.plugins",
    "IPluginObserver": "portico.plugins",
    "Interface": "portico.plugins",
    "IPluginBootstrap": "portico.plugins",
    "ISignal": "portico.plugins",
    "Plugin": "portico.plugins",
    "SingletonPlugin": "portico.plugins",
    "SubscriptionMapping": "portico.plugins",
    "implements": "portico.plugins",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 - not needed before

    value = globals()[name] = getattr(import_module(_LAZY[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
