"""Puts the signals, plugins and sources of one application together, and takes them apart again."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from contextlib import AbstractContextManager, ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, cast

from portico.actions import ActionRegistry, IActions, IAuthFunctions
from portico.builtin import core, ext
from portico.errors import HostError, StartError
from portico.host.look import is_looking
from portico.host.plugins import PluginService
from portico.host.stores import MemoryStateStore
from portico.plugins import (
    Candidate,
    Limits,
    Plugin,
    PluginFolder,
    PluginManager,
    StateStore,
    candidate_from_class,
    candidates_given,
    check_same,
    discover,
    first_of_each_name,
)
from portico.signals import Mutex, observe_failures
from portico.transactions import AT_ONCE, Transaction, undo_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from portico.signals import Undo

logger = logging.getLogger(__name__)

_replacing: Final = Mutex()
_open: list[Portico] = []


class Application(Protocol):
    """The application of a web framework, as its adapter in `portico.adapters` shows it to the host."""

    def context(self) -> AbstractContextManager[object]:
        """Return the context in which plugins are enabled."""

    def offer(self, host: Portico) -> Undo:
        """Offer plugins what they can bring to the application, before they are enabled; return what undoes it."""

    def register(self, host: Portico) -> None:
        """Make what the enabled plugins brought part of the application."""

    def serve(self, host: Portico) -> Undo:
        """Let the host be asked for, and raise the signals of requests; return what undoes it."""

    def refuse(self, host: Portico, why: str) -> Undo:
        """Let every request fail with a `HostError`; return what undoes it."""


class Portico:
    """One application's signals and plugins; `close` undoes everything it did.

    One is open at a time in a process: opening another one closes the first, and requests to its application are
    refused from then on.

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
        candidates: Iterable[Candidate] | Callable[[], Iterable[Candidate]] = (),
        limits: Limits | None = None,
        strict: bool = False,
    ) -> None:
        """Prepare a host; nothing is imported or connected before it is opened.

        Args:
            plugins: what to enable, in the order of their receivers: names of installed plugins, or plugin classes.
            state: where it is remembered which plugins were switched by hand, which overrides `plugins`; in memory
                if left out. Processes that share a store follow one another.
            propagate: let receivers' exceptions out of built-in signals instead of isolating them. For development.
            plugin_folder: a folder whose modules and packages are plugins, besides the installed ones.
            candidates: further plugins that were found elsewhere, or what finds them: `portico.compat.ckan.candidates`.
            limits: how much of a plugin is borne: failures, slow receivers, subscriptions.
            strict: refuse to open while `problems()` has something to say. For continuous integration.

        Raises:
            PluginError: one of `plugins` is neither a name nor a plugin class, or two classes have one name.
            ConfigurationError: there is no such folder.
        """
        self._given, configured = candidates_given(plugins)
        self._folder: Final = PluginFolder(plugin_folder) if plugin_folder else None
        self._brought: Final = candidates if callable(candidates) else tuple(candidates)
        self.actions: Final = ActionRegistry(transaction_of=_transaction_of)
        """What the application can do, by name: its own actions, and those of its enabled plugins."""
        self._application: Application | None = None
        """Which it was last opened for; plugins have pages there."""
        self._is_serving = False
        manager = PluginManager(self._find(), order=configured, limits=limits, find=self._find)
        self.plugins: Final = PluginService(manager, state or MemoryStateStore(), configured)
        """The plugins, to list and to switch."""
        self.contributions: Final = manager.contributions
        """The extension points of the application: what plugins can bring to it besides receivers."""
        self.contributions.offer(IActions, take=self.actions.take_actions, stage="actions")
        self.contributions.offer(IAuthFunctions, take=self.actions.take_auth_functions, stage="actions")
        self._propagate: Final = propagate
        self._strict: Final = strict
        self._undo: ExitStack | None = None
        self._is_opening = False
        self._is_looked_at = False
        """Whether it was opened under `looking`: it is there, and does nothing."""
        self._refusing: Final = ExitStack()
        """What undoes that the application refuses requests since another host replaced this one."""
        self.opened_at: str | None = None
        """The file and line that opened it last."""
        self._opened_from: str | None = None
        self._opened_by: int | None = None
        """The id of the process that opened it last."""

    @property
    def is_open(self) -> bool:
        """Whether its plugins are at work."""
        return self._undo is not None and not self._is_looked_at

    def open(self) -> Self:
        """Enable the plugins. One that fails is left out and reported; it never makes this raise.

        Another host that is open in this process is closed, which the log tells. In a process that is `looking`
        nothing else happens.

        Raises:
            HostError: this host is open, or another one is just being opened.
            StartError: the host is strict, and something is wrong; it is closed again then.
        """
        if not (self._is_looked_at and is_looking()):
            self._open()
            self._check_start()
        return self

    def problems(self) -> list[str]:
        """Return in words what is wrong with the plugins that are to be at work; empty if all is well."""
        return self.plugins.problems()

    def _check_start(self) -> None:
        problems = self.problems() if self._strict and self.is_open else ()
        if problems:
            self._close()
            raise StartError(problems)

    def _open(self) -> None:
        if self._is_looked_at:
            self._close()
        undo = self._take_the_place()
        try:
            if is_looking():
                self._is_looked_at = True
                return
            if self._folder is not None:
                undo.callback(self._folder.open())
            undo.callback(observe_failures(self.plugins.manager.note_failure))
            if self._propagate:
                for signal in (*core, *ext):
                    undo.callback(signal.override_policy("raise"))
            undo.callback(self.plugins.manager.close)
            self.plugins.open()
            undo.callback(self.plugins.close)
        except BaseException:
            self._close()
            raise
        finally:
            self._is_opening = False

    def _take_the_place(self) -> ExitStack:
        with _replacing:
            other = _open[0] if _open else None
            if other is self:
                msg = "cannot open the host: it is open already; close() it first"
                raise HostError(msg)
            self.opened_at = where = self._opened_from or caller()
            self._opened_from = None
            self._opened_by = os.getpid()
            if other is not None:
                other._make_way(where)  # noqa: SLF001 - a host, too
            self._refusing.close()
            _open.append(self)
            self._is_opening = True
            self._undo = undo = ExitStack()
            undo.callback(_open.remove, self)
            undo.callback(undo_all)
            return undo

    def _make_way(self, where: str) -> None:
        """Close, for another host that is opened there."""
        if self._is_opening:
            msg = "cannot open the host: another one is being opened; let it finish first"
            raise HostError(msg)
        logger.warning("the host opened at %s replaces the one opened at %s, which is closed", where, self.opened_at)
        application = self._application if self._is_serving else None
        self._close()
        if application is not None:
            msg = f"this application has no host any more: another one was opened at {where}; use that one's"
            # As long as it is there to be closed, it can be asked for.
            self._refusing.callback(application.refuse(self, msg))

    def init_app(self, app: object) -> None:
        """Open the host for an application: at once for Flask, for Starlette and FastAPI when it starts to serve.

        Every request raises the request signals and, where Flask-Login is installed, sign-ins raise theirs. At the
        start of a request this process follows what another one switched. The host is closed when the application
        ends its lifespan, and at the latest when the process ends.

        In Flask, plugins are enabled inside the application's context, and their blueprints are registered. For any
        other ASGI application there is `portico.adapters.asgi.PorticoMiddleware`, for Django `portico.adapters.django`.

        Raises:
            HostError: it is no application of these frameworks; the message says what to do instead. Or this host is
                open, or another one is just being opened.
        """
        # By name: the host stands below its adapters.
        import_module("portico.adapters").init_app(self, app)

    def open_for(self, application: Application, *, at: str | None = None) -> None:
        """Open the host for what an adapter shows of an application.

        Args:
            application: what is served.
            at: the file and line that asked for it, where that is not who calls this.

        Raises:
            HostError: this host is open, or another one is just being opened.
            StartError: the host is strict, and something is wrong; it is closed again then.
        """
        if is_looking():
            self._look_at(application)
            return
        offered = application.offer(self)
        try:
            with application.context():
                self._opened_from = at
                self._open()
                application.register(self)
                self._check_start()
        except BaseException:
            self._close()
            offered()
            raise
        self._application = application
        self._stack().callback(offered)
        self._stack().callback(application.serve(self))
        self._is_serving = True

    def _look_at(self, application: Application) -> None:
        self.open()
        self._application = application
        msg = "this process only looks at the application: no plugin is at work, and no request is answered"
        self._stack().callback(application.refuse(self, msg))
        self._is_serving = True

    def know(self, plugin: str | type[Plugin]) -> str:
        """Return a plugin's name; a class that was not known is from now on.

        Raises:
            PluginError: it is neither a name nor a plugin class, or another plugin has its name.
        """
        if isinstance(plugin, str):
            return plugin
        candidate = candidate_from_class(plugin)
        self.plugins.manager.add(candidate)
        check_same(self.plugins.manager.candidate(candidate.name), candidate)
        return candidate.name

    def _find(self) -> Iterable[Candidate]:
        in_folder = self._folder.candidates().values() if self._folder else ()
        brought = self._brought() if callable(self._brought) else self._brought
        # An installed plugin is not shadowed by a file of its name, nor by what was found elsewhere.
        return first_of_each_name([*self._given, *discover().values(), *brought, *in_folder]).values()

    def close(self) -> None:
        """Undo everything, the last thing first; what was switched by hand stays remembered. Can be opened again.

        Raises:
            HostError: it is just being opened.
        """
        if self._is_opening:
            msg = "cannot close the host while it is being opened; wait until open() has returned"
            raise HostError(msg)
        self._refusing.close()
        self._close()

    def _close(self) -> None:
        self._is_serving = self._is_looked_at = False
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
        state = "looked at" if self._is_looked_at else "open" if self.is_open else "closed"
        return f"<Portico host, {state}>"


@atexit.register
def _close_at_exit() -> None:
    """Close the open host when the process ends: plugins that have something open close it.

    A forked child closes what was opened in it, and leaves the rest to its parent.
    """
    for host in _open:
        if host._opened_by == os.getpid():  # noqa: SLF001 - a host's own module
            host._close()  # noqa: SLF001 - as above
        else:
            host.plugins.manager.close_own()


def current_host() -> Portico:
    """Return the open host of this process; under `looking`, the one that is looked at.

    Raises:
        HostError: none is open.
    """
    if not _open:
        msg = "no host is open in this process; open() one first"
        raise HostError(msg)
    return _open[0]


def close_open_host() -> None:
    """Close the open host of this process, if there is one: between the tests of an application factory, say."""
    while _open:
        _open[-1].close()


def caller() -> str:
    """Return the file and line of whoever is outside of Portico."""
    frame = sys._getframe(1)  # noqa: SLF001 - there is no other way to know who calls
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _is_ours(module: Any) -> bool:
    return isinstance(module, str) and (module in {"portico", "contextlib"} or module.startswith("portico."))


def _transaction_of(session: object) -> Transaction:
    """Return the transaction of a session, or one itself. Nothing is imported for an application without any."""
    if isinstance(session, Transaction):
        return session
    if session is None or "sqlalchemy" not in sys.modules:
        return AT_ONCE
    from portico.sources.sqlalchemy import transaction_of  # noqa: PLC0415 - needs an extra

    try:
        return transaction_of(cast("Session", session))
    except TypeError:
        return AT_ONCE  # A session of something else: of its commits nobody tells.
