"""Declares the contracts that a plugin can implement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, TypedDict

from portico.signals import Receiver, Signal


class Interface:
    """Base of every contract. A plugin implements it by subclassing, or with `implements` in its class body."""

    __asked_for__: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    """The methods that the interface asks for, by name."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Read once which methods it asks for."""
        super().__init_subclass__(**kwargs)
        cls.__asked_for__ = {
            name: attribute
            for base in reversed(family_of(cls))
            for name, attribute in vars(base).items()
            if callable(attribute) and (not name.startswith("__") or name == "__call__")
        }

    @classmethod
    def implemented_by(cls, plugin_class: type) -> bool:
        """Tell whether a plugin class declares this interface."""
        return issubclass(plugin_class, cls) or cls in getattr(plugin_class, "__interfaces__", ())

    @classmethod
    def provided_by(cls, plugin: object) -> bool:
        """Tell whether a plugin's class declares this interface."""
        kind = type(plugin)
        return issubclass(kind, cls) or cls in getattr(kind, "__interfaces__", ())


def family_of(interface: type[Interface]) -> list[type[Interface]]:
    """Return an interface, and those that it extends."""
    return [base for base in interface.__mro__ if issubclass(base, Interface) and base is not Interface]


class SubscriptionSpec(TypedDict, total=False):
    """One entry of a mapping in its long form. Only `receiver` is required."""

    receiver: Receiver
    sender: object
    """Only sends from this one; ANY if left out."""
    order: int
    """Receivers of lower order are called first; 0 if left out."""
    weak: bool
    """Accepted and without effect: a plugin's receivers live as long as it is enabled."""


# A key may also be a signal of another library, such as Flask-Login's.
SubscriptionMapping = Mapping[Signal[...] | Any, Iterable[Receiver | SubscriptionSpec]]


class ISignal(Interface):
    """Subscribe to signals, for as long as the plugin is enabled."""

    def get_signal_subscriptions(self) -> SubscriptionMapping:
        """Return the receivers for each signal: callables, or dicts with `receiver`, `sender` and `order`.

        Asked once per enabling, before anything is connected; all of it is connected, or nothing.

            {
                core.signal("user_created"): [self.greet],
                ext.signal("custom:something_happened"): [{"receiver": self.note, "sender": "eu"}],
            }

        Subscribing by name to a signal that nobody has declared or sends is fine.
        """
        return {}


class IPluginBootstrap(Interface):
    """Run code when the plugin is enabled, after all plugins' `ISignal` mappings are connected."""

    def bootstrap(self) -> Iterator[None] | None:
        """Prepare the plugin. Whatever it connects belongs to the plugin, and goes when the plugin is disabled.

        It may be a generator that yields once, as a pytest fixture does: what follows the `yield` undoes the rest. It
        runs when the plugin is disabled or quarantined, or the host closes, once nothing of the plugin is connected.

            def bootstrap(self):
                client = Client()
                user_created.connect(client.tell)

        Yield:
                client.close()

        After a quarantine, such a generator is run anew; a plain function is not: what it did was kept.
        """


class IPluginObserver(Interface):
    """Be told when other plugins are enabled and disabled. What these methods connect belongs to the observer."""

    def before_load(self, plugin: object) -> None:
        """Another plugin's class is imported; nothing of it is connected yet."""

    def after_load(self, plugin: object) -> None:
        """Another plugin is enabled. Not called if it failed on the way."""

    def before_unload(self, plugin: object) -> None:
        """Another plugin is about to be disabled."""

    def after_unload(self, plugin: object) -> None:
        """Another plugin is disabled: nothing of it is connected any more."""


class IBlueprint(Interface):
    """Bring web pages. They become part of the application when it is built, and only then."""

    def get_blueprint(self) -> Any:
        """Return `(type, Blueprint)`, a list of those, or a list of blueprints.

        The type is what the pages are about: `"dataset"`, `"resource"`, `"group"`, `"organization"`, or your own word.
        `register_blueprint` is sent with it. A blueprint on its own has no type, and nothing is sent.
        """
        return []


class IAppRegister(Interface):
    """Introduce the plugin to who reads a listing."""

    def __call__(self) -> Mapping[str, Any]:
        """Return any of `name`, `version`, `author`, `url` and `notes`; it wins over what the distribution says."""
        return {}
