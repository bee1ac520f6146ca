"""Turns plugins on and off, each as a whole. Knows nothing of where they come from or where their state is kept."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from difflib import get_close_matches
from threading import RLock
from typing import TYPE_CHECKING, Final, cast

from portico.errors import PluginError, ReceiverError, UnknownPluginError
from portico.plugins.discovery import Candidate, first_line
from portico.plugins.interfaces import IPluginBootstrap, ISignal
from portico.plugins.plugin import PluginMeta, check_interfaces
from portico.plugins.status import Failure, PluginState, PluginStatus, Stage, SubscriptionStatus
from portico.plugins.subscriptions import read_mapping
from portico.signals import Ownership, ReceiverFailure, describe_receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

logger = logging.getLogger(__name__)

# `sys.exit()` in a plugin ends the plugin's enabling, not the portal.
_FAILURES: Final = (Exception, SystemExit)


class _Failed(Exception):  # noqa: N818 - carries the real error across the undoing, and is never seen outside
    def __init__(self, stage: Stage, error: BaseException) -> None:
        super().__init__(stage, error)
        self.stage = stage
        self.error = error


class _Managed:
    """One plugin under management."""

    def __init__(self, candidate: Candidate, rank: int) -> None:
        self.candidate: Final = candidate
        self.state = PluginState.DISABLED
        self.plugin_class: object = None
        self.plugin: object = None
        self.imported: Final = Ownership(candidate.name, rank=rank)
        """What its module connected when it was imported: suspended and resumed, as nothing is imported twice."""
        self.connected: Final = Ownership(candidate.name, rank=rank)
        """What its mapping and its `bootstrap` connected since it was last enabled."""
        self.failure: Failure | None = None
        self.failures = 0

    def fail(self, failure: Failure) -> None:
        self.failure = failure
        self.failures += 1

    def status(self) -> PluginStatus:
        owned = (*self.imported.subscriptions, *self.connected.subscriptions)
        candidate = self.candidate
        return PluginStatus(
            name=candidate.name,
            state=self.state,
            version=candidate.version,
            summary=first_line(self.plugin_class) or candidate.summary,
            author=candidate.author,
            url=candidate.url,
            origin=candidate.origin,
            subscriptions=tuple(SubscriptionStatus.of(each) for each in owned if each.connected),
            failure=self.failure,
            failures=self.failures,
        )


class PluginManager:
    """Enables and disables plugins at run time. Safe to use from several threads; one change is made at a time."""

    def __init__(self, candidates: Iterable[Candidate], *, order: Sequence[str] = ()) -> None:
        """Take the plugins that there are; none is imported yet.

        Args:
            candidates: every installed plugin.
            order: names, in the order in which their receivers are called; the others follow, sorted by name.
        """
        known = {candidate.name: candidate for candidate in candidates}
        names = [name for name in dict.fromkeys(order) if name in known]
        names += sorted(known.keys() - set(names))
        # Ranks are given once, so that a plugin that was off and on again is back in its old place.
        self._plugins: Final = {name: _Managed(known[name], rank) for rank, name in enumerate(names, 1)}
        self._changing: Final = RLock()

    def list(self) -> list[PluginStatus]:
        """Return every plugin, in the order of their receivers."""
        return [managed.status() for managed in self._plugins.values()]

    def get(self, name: str) -> PluginStatus:
        """Return one plugin.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        return self._find(name).status()

    def enable(self, name: str) -> PluginStatus:
        """Enable a plugin as a whole; an enabled one is left as it is.

        Raises:
            UnknownPluginError: no such plugin is installed.
            PluginError: it failed; everything it had connected is undone, and it is in the state *failed*.
        """
        managed = self._find(name)
        self.enable_all([name])
        if managed.state is not PluginState.ENABLED and managed.failure:
            msg = f"cannot enable {name!r}: it failed at {managed.failure.stage}: {managed.failure.error}"
            raise PluginError(msg)
        return managed.status()

    def enable_all(self, names: Iterable[str]) -> None:
        """Enable plugins in the order of their receivers: first all mappings, then every `bootstrap`.

        One that fails is undone, logged and left in the state *failed*; the others go on.

        Raises:
            UnknownPluginError: no such plugin is installed; none was enabled then.
        """
        wanted = {self._find(name) for name in names}
        with self._changing:
            off = [m for m in self._plugins.values() if m in wanted and m.state is not PluginState.ENABLED]
            connected = [managed for managed in off if self._attempt(managed, self._connect)]
            for managed in connected:
                if self._attempt(managed, self._bootstrap):
                    managed.state = PluginState.ENABLED
                    logger.info("enabled plugin %s", managed.candidate.name)

    def disable(self, name: str) -> PluginStatus:
        """Cancel every subscription that the plugin owns, and nothing else. The plugin itself is not asked.

        Raises:
            UnknownPluginError: no such plugin is installed.
        """
        managed = self._find(name)
        with self._changing:
            if managed.state is PluginState.ENABLED:
                logger.info("disabled plugin %s", name)
            self._undo(managed)
            managed.state = PluginState.DISABLED
        return managed.status()

    def close(self) -> None:
        """Disable every plugin, the last one first."""
        for name in reversed(self._plugins):
            self.disable(name)

    def note_failure(self, failure: ReceiverFailure) -> None:
        """Record a receiver's failure with the plugin that owns it. Does nothing for receivers of nobody."""
        managed = self._plugins.get(failure.owner or "")
        if managed is None:
            return
        refused = isinstance(failure.error, ReceiverError) and not failure.subscription.connected
        stage = Stage.MAPPING if refused else Stage.RECEIVER
        receiver = describe_receiver(failure.receiver)
        managed.fail(Failure.of(stage, failure.error, signal=failure.signal.label, receiver=receiver))
        if refused:
            # The signal was declared after the plugin was enabled, and does not offer what the plugin asks for:
            # it fails as it would have failed had the declaration been there first.
            with self._changing:
                self._undo(managed)
                managed.state = PluginState.FAILED

    def _attempt(self, managed: _Managed, step: Callable[[_Managed], None]) -> bool:
        try:
            step(managed)
        except _Failed as failed:
            self._undo(managed)
            managed.state = PluginState.FAILED
            managed.fail(Failure.of(failed.stage, failed.error))
            logger.error(  # noqa: TRY400 - the traceback of the plugin, not of the wrapper
                "plugin %s failed at %s and was not enabled; the others go on",
                managed.candidate.name,
                failed.stage,
                exc_info=failed.error,
            )
            return False
        return True

    def _connect(self, managed: _Managed) -> None:
        if managed.plugin is None:
            try:
                with _stage(Stage.IMPORT), managed.imported:
                    managed.plugin_class = managed.candidate.load()
            except _Failed:
                managed.imported.cancel()  # The next attempt imports again, and connects again.
                raise
            with _stage(Stage.IMPORT), managed.connected:
                managed.plugin = _instance(managed.plugin_class)
        managed.imported.resume()
        with _stage(Stage.MAPPING), managed.connected:
            check_interfaces(managed.plugin)
            if ISignal.provided_by(managed.plugin):
                # Declared with `implements`, it need not be an instance of the interface.
                mapping = cast("ISignal", managed.plugin).get_signal_subscriptions()
                for wanted in read_mapping(mapping):
                    wanted.connect()

    def _bootstrap(self, managed: _Managed) -> None:
        if IPluginBootstrap.provided_by(managed.plugin):
            with _stage(Stage.BOOTSTRAP), managed.connected:
                cast("IPluginBootstrap", managed.plugin).bootstrap()

    def _undo(self, managed: _Managed) -> None:
        managed.connected.cancel()
        managed.imported.suspend()

    def _find(self, name: str) -> _Managed:
        managed = self._plugins.get(name)
        if managed is None:
            raise UnknownPluginError(self.unknown(name))
        return managed

    def unknown(self, name: str) -> str:
        """Return the message for a name that no installed plugin has."""
        close = get_close_matches(name, self._plugins, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"installed are: {', '.join(self._plugins) or 'none'}"
        return f"no plugin is called {name!r}; {hint}"

    def __contains__(self, name: object) -> bool:
        return name in self._plugins


@contextmanager
def _stage(stage: Stage) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise _Failed(stage, error) from error


def _instance(plugin_class: object) -> object:
    if not isinstance(plugin_class, PluginMeta):
        msg = f"{plugin_class!r} is not a plugin class; derive it from Plugin or SingletonPlugin"
        raise PluginError(msg)
    return plugin_class()
