"""The composition root of one application: puts signals, plugins and sources together, and takes them apart again."""

from __future__ import annotations

from contextlib import ExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Self

from portico.builtin import core, ext
from portico.errors import HostError
from portico.host.blueprints import register_blueprints
from portico.host.plugins import PluginService
from portico.plugins import (
    Candidate,
    Limits,
    MemoryStateStore,
    Plugin,
    PluginFolder,
    PluginManager,
    StateStore,
    candidate_from_class,
    discover,
)
from portico.signals import Mutex, observe_failures
from portico.sources.actions import ActionRegistry
from portico.transactions import undo_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from flask import Flask

_opening: Final = Mutex()
_open: list[Portico] = []


class Portico:
    """One application's signals and plugins. One is open at a time in a process; `close` undoes everything it did.

    host = Portico(plugins=["audit"])
    host.init_app(app)
    """

    def __init__(
        self,
        *,
        plugins: Sequence[str | type[Plugin]] = (),
        state: StateStore | None = None,
        propagate: bool = False,
        plugin_folder: Path | None = None,
        candidates: Iterable[Candidate] = (),
        limits: Limits | None = None,
    ) -> None:
        """Prepare a host; nothing is imported or connected before it is opened.

        Args:
            plugins: what to enable, in the order of their receivers: names of installed plugins, or plugin classes.
            state: where it is remembered which plugins were switched by hand, which overrides `plugins`; in memory
                if left out. Processes that share a store follow one another.
            propagate: let receivers' exceptions out of built-in signals instead of isolating them. For development.
            plugin_folder: a folder whose modules and packages are plugins, besides the installed ones.
            candidates: further plugins that were found elsewhere, such as `portico.compat.ckan.candidates()`.
            limits: how much of a plugin is borne: failures, slow receivers, subscriptions.

        Raises:
            PluginError: one of `plugins` is neither a name nor a plugin class.
            ConfigurationError: there is no such folder.
        """
        given = [candidate_from_class(each) for each in plugins if not isinstance(each, str)]
        classes = iter(given)
        self._configured: Final = [each if isinstance(each, str) else next(classes).name for each in plugins]
        self._folder: Final = PluginFolder(plugin_folder) if plugin_folder else None
        lying_there = self._folder.candidates() if self._folder else {}
        brought = {candidate.name: candidate for candidate in candidates}
        # An installed plugin is not shadowed by a file of its name, nor by what was found elsewhere.
        known: dict[str, Candidate] = lying_there | brought | discover() | {each.name: each for each in given}
        self.actions: Final = ActionRegistry()
        """What the application can do, by name: its own actions, and those of its enabled plugins."""
        self.manager: Final = PluginManager(
            known.values(), order=self._configured, limits=limits, takers=[self.actions.take_from]
        )
        """What does the switching; `plugins` does it for a person, and remembers."""
        self._propagate: Final = propagate
        self._undo: ExitStack | None = None
        self.plugins: Final = PluginService(self.manager, state or MemoryStateStore())
        """The plugins, to list and to switch."""

    @property
    def is_open(self) -> bool:
        """Whether its plugins are at work."""
        return self._undo is not None

    def open(self) -> Self:
        """Enable the plugins. One that fails is left out and reported; it never makes this raise.

        Raises:
            HostError: this host or another one is open in this process.
        """
        with _opening:
            if _open:
                which = "this host is open already" if _open[0] is self else "another host is open in this process"
                msg = f"cannot open the host: {which}; close() it first"
                raise HostError(msg)
            _open.append(self)
        self._undo = ExitStack()
        self._undo.callback(_open.remove, self)
        self._undo.callback(undo_all)
        try:
            if self._folder is not None:
                self._undo.callback(self._folder.open())
            self._undo.callback(observe_failures(self.manager.note_failure))
            if self._propagate:
                for signal in (*core, *ext):
                    self._undo.callback(signal.override_policy("raise"))
            self._undo.callback(self.manager.close)
            self.plugins.open(self._configured)
            self._undo.callback(self.plugins.close)
        except BaseException:
            self.close()
            raise
        return self

    def init_app(self, app: Flask) -> None:
        """Open the host for a Flask application: `app.extensions["portico"]`.

        Raises the request signals for every request and, where Flask-Login is installed, the sign-in signals.
        Plugins are enabled inside the application's context, and their blueprints registered. At the start of a request
        this process follows what another one switched.

        Raises:
            MissingExtraError: Flask is not installed.
            HostError: this host or another one is open in this process.
        """
        from portico.sources.flask import watch_requests  # noqa: PLC0415 - needs an extra

        with app.app_context():
            self.open()
            register_blueprints(app, self.manager)
        stack = self._stack()
        app.extensions["portico"] = self
        stack.callback(app.extensions.pop, "portico", None)
        stack.callback(watch_requests(app, before=self.plugins.check, after=self.plugins.settle))
        if find_spec("flask_login"):
            from portico.sources.flask_login import watch_logins  # noqa: PLC0415 - needs an extra

            stack.callback(watch_logins(app))

    def know(self, plugin: str | type[Plugin]) -> str:
        """Return a plugin's name; a class that was not known is from now on.

        Raises:
            PluginError: it is neither a name nor a plugin class.
        """
        if isinstance(plugin, str):
            return plugin
        candidate = candidate_from_class(plugin)
        self.manager.add(candidate)
        return candidate.name

    def close(self) -> None:
        """Undo everything, the last thing first; what was switched by hand stays remembered. Can be opened again."""
        undo, self._undo = self._undo, None
        if undo is not None:
            undo.close()

    def _stack(self) -> ExitStack:
        if self._undo is None:
            msg = "the host is closed; open() it first"
            raise HostError(msg)
        return self._undo

    def __enter__(self) -> Self:
        return self if self.is_open else self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Portico host, {'open' if self.is_open else 'closed'}>"


def current_host() -> Portico:
    """Return the open host of this process.

    Raises:
        HostError: none is open.
    """
    if not _open:
        msg = "no host is open in this process; open() one first"
        raise HostError(msg)
    return _open[0]
