"""Keeps what the extensions of one host share: their configuration, and which of them are enabled."""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from portico.compat.ckan.config import CKANConfig, Declaration, Key
from portico.compat.ckan.interfaces import IConfigDeclaration, IConfigurable, IConfigurer, Interface, ask
from portico.errors import HostError
from portico.host import Portico, current_host
from portico.plugins import PluginState
from portico.signals import is_failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from portico.compat.ckan.plugin import Plugin


class Starting:
    """A plugin whose mapping was asked for, and that is not configured yet."""

    def __init__(self, failures: int) -> None:
        self.failures: Final = failures
        """How often it had failed when this began."""
        self.context: Final = copy_context()
        """With the plugin's own scope in it: what is connected in it belongs to the plugin."""
        self.updated = False
        self.error: BaseException | None = None


class Site:
    """The extensions of one host."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values: Final[dict[str, Any]] = dict(values)
        self.order: tuple[str, ...] = ()
        """The configured plugins."""
        self.services: Final[dict[str, Plugin]] = {}
        """Every plugin that was loaded, by name."""
        self._starting: Final[dict[str, Starting]] = {}

    def start(self, name: str) -> None:
        """Take down that a plugin is being enabled. Called in the plugin's own scope."""
        manager = current_host().plugins.manager
        failed_before = manager.state(name) is PluginState.FAILED
        self._starting[name] = Starting(manager.get(name).failures if failed_before else 0)

    def is_at_work(self, name: str) -> bool:
        """Tell whether a plugin is enabled, or so far into being enabled that others may call it."""
        manager = current_host().plugins.manager
        if name not in manager:
            return False
        state = manager.state(name)
        if state is PluginState.ENABLED:
            return True
        starting = self._starting.get(name)
        if starting is None:
            return False
        return state is not PluginState.FAILED or manager.get(name).failures == starting.failures

    def at_work(self, interface: type[Interface] = Interface) -> Iterator[tuple[str, Plugin]]:
        """Iterate over the plugins at work: the configured ones in their order, then the others as they came."""
        names = [*self.order, *[name for name in self.services if name not in self.order]]
        found = [name for name in names if name in self.services and self.is_at_work(name)]
        if interface._reverse_iteration_order:  # noqa: SLF001 - this is how CKAN lets interfaces say it
            found.reverse()
        # Every plugin is meant where no interface is.
        return (
            (name, self.services[name])
            for name in found
            if interface is Interface or interface.provided_by(self.services[name])
        )

    def configure(self, name: str) -> None:
        """Configure one plugin, after all that are being enabled with it had their say about the configuration.

        Raises:
            Exception: what the plugin raises.
        """
        starting = self._starting[name]
        try:
            self._update_configuration()
            if starting.error is not None:
                raise starting.error
            ask(self.services[name], IConfigurable, "configure", config)
        finally:
            self._starting.pop(name, None)

    def _update_configuration(self) -> None:
        """Ask the plugins that were not asked yet. The first of them has the last word, as in CKAN."""
        waiting = [name for name, _ in self.at_work() if name in self._starting and not self._starting[name].updated]
        for name in waiting:
            self._starting[name].updated = True
            self._attempt(name, lambda plugin: declare_options(plugin, self.values))
        for name in reversed(waiting):
            self._attempt(name, lambda plugin: ask(plugin, IConfigurer, "update_config", config))

    def _attempt(self, name: str, act: Any) -> None:
        """Do something for one plugin while another one is being configured: neither is to suffer for the other."""
        starting = self._starting[name]
        if starting.error is None:
            try:
                starting.context.run(act, self.services[name])
            except BaseException as error:
                if not is_failure(error):
                    raise
                starting.error = error  # Raised when it is this plugin's turn.


def declare_options(plugin: Plugin, values: dict[str, Any]) -> None:
    """Fill in what a plugin declares of its configuration.

    Raises:
        ValueError: a value is not of its declared type.
    """
    declaration = Declaration()
    ask(plugin, IConfigDeclaration, "declare_config_options", declaration, Key())
    declaration.apply_to(values)


# -- of the open host -------------------------------------------------------------------------------------------

_sites: Final[WeakKeyDictionary[Portico, Site]] = WeakKeyDictionary()
_given: Final[dict[str, Any]] = {}


def give_values(values: Mapping[str, Any]) -> None:
    """Let these be the configuration that every site starts with."""
    _given.clear()
    _given.update(values)


def site_of(host: Portico) -> Site:
    """Return the site of a host."""
    site = _sites.get(host)
    return site if site is not None else _sites.setdefault(host, Site(_given))


def current_site() -> Site:
    """Return the site of the open host.

    Raises:
        HostError: no host is open.
    """
    return site_of(current_host())


class _CurrentConfig(CKANConfig):
    """The configuration of the open host; without one, what was given to every site."""

    @property
    def _values(self) -> dict[str, Any]:
        try:
            return current_site().values
        except HostError:
            return _given


config: Final = _CurrentConfig()
