"""Switches plugins for a person: what is switched is remembered. The console and the command line share it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from portico.errors import PluginError, UnknownPluginError
from portico.plugins import PluginManager, PluginState, PluginStatus, StateStore

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)


class PluginService:
    """Lists, enables and disables the plugins of one host."""

    def __init__(self, manager: PluginManager, store: StateStore) -> None:
        self._manager: Final = manager
        self._store: Final = store

    def list(self) -> list[PluginStatus]:
        """Return every installed plugin, in the order of their receivers."""
        return self._manager.list()

    def get(self, name: str) -> PluginStatus:
        """Return one plugin.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        return self._manager.get(name)

    def enable(self, name: str) -> PluginStatus:
        """Enable a plugin and remember it.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: it failed, and nothing of it is connected; or the choice could not be stored, and the plugin
                is as it was.
        """
        was_enabled = self._manager.get(name).state is PluginState.ENABLED
        status = self._manager.enable(name)
        try:
            self._store.save(name, enabled=True)
        except Exception as error:
            if not was_enabled:
                self._manager.disable(name)
            raise _not_stored(name, "enabled") from error
        return status

    def disable(self, name: str) -> PluginStatus:
        """Disable a plugin and remember it.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: the choice could not be stored, and the plugin is as it was.
        """
        self._manager.get(name)
        try:
            self._store.save(name, enabled=False)
        except Exception as error:
            raise _not_stored(name, "disabled") from error
        return self._manager.disable(name)

    def enable_configured(self, configured: Iterable[str]) -> None:
        """Enable what the configuration and the remembered choices ask for; the latter win.

        Names that no installed plugin has are reported in the log, and nothing else happens to them.
        """
        desired = dict.fromkeys(configured, True) | dict(self._store.load())
        names = []
        for name in (name for name, enabled in desired.items() if enabled):
            try:
                names.append(self._manager.get(name).name)
            except UnknownPluginError as error:
                logger.error("left out a plugin, the others go on: %s", error)  # noqa: TRY400 - the message says it all
        self._manager.enable_all(names)


def _not_stored(name: str, state: str) -> PluginError:
    return PluginError(f"plugin {name!r} was not {state}: the choice could not be stored; see the log, and try again")
