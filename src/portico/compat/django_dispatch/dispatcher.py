"""Makes signals with the interface of `django.dispatch`; one of Portico's underneath each does the work."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar
from weakref import WeakKeyDictionary

from portico import signals
from portico.compat.connecting import changing, facade_receivers
from portico.compat.django_dispatch.asending import Asend, under_way
from portico.compat.django_dispatch.robust import RobustTurns, log_failure, logger
from portico.compat.django_dispatch.tables import NONE_ID, STYLE, Tables, receiver_id
from portico.compat.django_dispatch.tables import make_id as _make_id
from portico.compat.facade_receiver import original
from portico.compat.turns import begin
from portico.errors import ReceiverError
from portico.signals import ANY, is_coroutine_function, receiver_key, sender_key

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable, Iterable, Iterator, MutableMapping
    from contextlib import AbstractContextManager

    from portico.compat.facade_receiver import Call, Key
    from portico.compat.turns import QuickTurns, Turns
    from portico.signals import Receiver, Subscription

__all__ = ["NONE_ID", "NO_RECEIVERS", "Signal", "_make_id", "logger", "receiver"]

NO_RECEIVERS: Final = object()
"""Django's mark for a cache, which is not used here."""

F = TypeVar("F", bound="Callable[..., Any]")
Results = list[tuple["Callable[..., Any]", Any]]


class Signal:
    """A signal with Django's interface. Receivers are called as `receiver(signal=..., sender=..., **named)`.

    Args:
        use_caching: accepted and not needed.
    """

    sender_receivers_cache: MutableMapping[Any, Any]

    def __init__(self, use_caching: bool = False) -> None:
        self.stand_on(signals.Signal())
        if use_caching:
            self.use_caching = True
            self.sender_receivers_cache = WeakKeyDictionary()

    @classmethod
    def over(cls, portico: signals.Signal[...]) -> Self:
        """Return a view of a Portico signal: what is connected and sent here is connected and sent there."""
        view = cls.__new__(cls)
        view.stand_on(portico)
        return view

    def stand_on(self, portico: signals.Signal[...]) -> None:
        """Be a view of this Portico signal. To be called once, when it is made."""
        self.portico = portico
        """The signal underneath."""
        self._facade_receivers = facade_receivers(portico)
        self._tables = Tables(portico, self._connect)
        self.use_caching = False
        self.sender_receivers_cache = {}
        """Empty: who is connected is looked up as quickly without it, and what clears it has nothing to lose."""
        self._dead_receivers = False
        """Never true: what died is gone at once."""

    # -- connecting ---------------------------------------------------------------------------------------------

    def connect(
        self, receiver: Callable[..., Any], sender: Any = None, weak: bool = True, dispatch_uid: Any = None
    ) -> None:
        """Connect a receiver, unless it is connected to that sender already.

        Args:
            receiver: any callable that takes `**kwargs`.
            sender: only sends from this one reach it; None for every sender.
            weak: whether the receiver may die. A function that nothing else holds does, at once.
            dispatch_uid: what the receiver is known by, instead of its identity.

        Raises:
            TypeError: it is not callable, or was to be weak and cannot be weakly referenced.
            ValueError: it does not take `**kwargs`.
        """
        _require_fit(receiver)
        with self.lock:
            who = dispatch_uid or receiver_id(receiver)
            self._connect(who, receiver, ANY if sender is None else sender, weak)
            self._tables.changed()

    def disconnect(self, receiver: Any = None, sender: Any = None, dispatch_uid: Any = None) -> bool:
        """Disconnect a receiver from the sender that it was connected to; None is the connection to every sender.

        Returns:
            Whether it was connected.
        """
        with self.lock:
            who = dispatch_uid or receiver_id(receiver)
            disconnected = self._facade_receivers.disconnect(_key(who, ANY if sender is None else sender))
            self._tables.changed()
        return disconnected

    def has_listeners(self, sender: Any = None) -> bool:
        """Tell whether a send from `sender` would call anybody."""
        return self.portico.has_receivers_for(sender)

    @property
    def receivers(self) -> list[Any]:
        """What is connected, in order of connecting: `((receiver or dispatch_uid, sender), receiver, is_async)`.

        Receiver and sender are known by `id()`; a weak receiver stands there as a reference. What is done to the list
        is done to the signal. Entries that were taken out can be put back, and the order can be changed.
        """
        return self._tables.receivers

    @receivers.setter
    def receivers(self, entries: Iterable[Any]) -> None:
        self._tables.replace(entries)

    @property
    def lock(self) -> AbstractContextManager[object]:
        """What connecting and disconnecting takes: while it is held, no other thread does."""
        return changing()

    def _live_receivers(self, sender: Any) -> tuple[list[Receiver], list[Receiver]]:
        """Return whom a send from `sender` calls: the plain receivers, and the coroutine receivers.

        Who wraps this method decides whom a send calls: for a plain receiver that it leaves out, nobody; for one that
        it replaces in its place, the other.
        """
        plain: list[Receiver] = []
        coroutines: list[Receiver] = []
        for function in self.portico.receivers_for(sender):
            (coroutines if is_coroutine_function(function) else plain).append(original(function))
        return plain, coroutines

    def _clear_dead_receivers(self) -> None:
        self._tables.changed()

    # -- sending ------------------------------------------------------------------------------------------------

    def send(self, sender: Any, **named: Any) -> Results:
        """Call the receivers for `sender`: the plain ones, then coroutine receivers, in order of connecting.

        Returns:
            `(receiver, response)` of each, in the order of calling.

        Raises:
            AsyncReceiverError: a RuntimeError; a coroutine receiver, and this thread's event loop is running.
            Exception: what a receiver raised, unless the signal underneath isolates.
        """
        dispatch = begin(self.portico, sender, named)
        if dispatch is None:
            return []
        with dispatch:
            for receiver in self._turns(dispatch, sender):
                try:
                    dispatch.returned(receiver(signal=self, sender=sender, **dispatch.payload))
                except BaseException as error:
                    if dispatch.lets_out(error):
                        raise
        return dispatch.originals()

    def send_robust(self, sender: Any, **named: Any) -> Results:
        """Send; the response of a receiver that failed is its exception."""
        _, payload = self.portico.check(sender, **named)
        dispatch = self.portico.dispatch(RobustTurns, sender, payload, isolated=True)
        with dispatch:
            for receiver in self._turns(dispatch, sender):
                try:
                    dispatch.returned(receiver(signal=self, sender=sender, **dispatch.payload))
                except BaseException as error:
                    if dispatch.lets_out(error):
                        raise
        return dispatch.originals()

    async def asend(self, sender: Any, **named: Any) -> Results:
        """Send from a coroutine: plain receivers one after another in a thread, then coroutine receivers side by side.

        Returns:
            `(receiver, response)` of each, the plain ones first, in order of connecting.
        """
        return await Asend(self._facade_receivers, sender, named, self._replacements(sender)).run()

    async def asend_robust(self, sender: Any, **named: Any) -> Results:
        """Send from a coroutine; the response of a receiver that failed is its exception."""
        return await Asend(self._facade_receivers, sender, named, self._replacements(sender), robust=True).run()

    def _log_robust_failure(self, receiver: Receiver, err: BaseException) -> None:
        log_failure(receiver, err)

    # -- inside -------------------------------------------------------------------------------------------------

    def _connect(self, who: Hashable, receiver: Receiver, sender: object, weak: bool) -> Subscription:
        is_coroutine = is_coroutine_function(receiver)
        return self._facade_receivers.connect(
            _key(who, sender),
            receiver,
            (_coroutine_call if is_coroutine else _plain_call)(self),
            sender=sender,
            weak=weak,
            order=int(is_coroutine),  # After the plain ones, whatever the order of connecting.
            is_coroutine=is_coroutine,
        ).subscription

    def _turns(self, dispatch: Turns | QuickTurns, sender: Any) -> Iterator[Receiver]:
        replacements = self._replacements(sender)
        for receiver in dispatch.turns(STYLE):
            if replacements is None:
                yield receiver
            elif receiver_key(receiver) in replacements:
                yield replacements[receiver_key(receiver)]

    def _replacements(self, sender: Any) -> dict[Hashable, Receiver] | None:
        """Return whom to call for each plain receiver, if somebody wrapped `_live_receivers`."""
        if getattr(self._live_receivers, "__func__", None) is _live_receivers:
            return None
        ours, _ = _live_receivers(self, sender)
        theirs, _ = self._live_receivers(sender)
        called = theirs if len(theirs) == len(ours) else [each for each in ours if each in theirs]
        places = ours if len(theirs) == len(ours) else called
        return {receiver_key(place): each for place, each in zip(places, called, strict=True)}


_live_receivers: Final = Signal._live_receivers  # noqa: SLF001 - as it is unless somebody wraps it
# `manage.py check` knows by it the connections that wait for a model.
Signal.connect.__module__ = "django.dispatch.dispatcher"


def receiver(signal: Signal | list[Signal] | tuple[Signal, ...], **kwargs: Any) -> Callable[[F], F]:
    """Return a decorator that connects its function to a signal, or to each of a list or tuple of signals.

    Args:
        signal: one, or several.
        **kwargs: what `Signal.connect` takes.
    """

    def connect(function: F) -> F:
        for each in signal if isinstance(signal, list | tuple) else (signal,):
            each.connect(function, **kwargs)
        return function

    return connect


def _plain_call(facade: Signal) -> Call:
    def call(receiver: Callable[..., Any], sender: object, payload: dict[str, Any]) -> Any:
        asend = under_way.get()
        if asend is None or asend.signal is not facade.portico:
            return receiver(signal=facade, sender=sender, **payload)
        # The engine awaits a coroutine that a plain receiver returns.
        return asend.plain(receiver, lambda receiver: receiver(signal=facade, sender=sender, **payload))

    return call


def _coroutine_call(facade: Signal) -> Call:
    def call(receiver: Callable[..., Any], sender: object, payload: dict[str, Any]) -> Coroutine[Any, Any, Any]:
        asend = under_way.get()
        if asend is None or asend.signal is not facade.portico:
            coroutine: Coroutine[Any, Any, Any] = receiver(signal=facade, sender=sender, **payload)
            return coroutine
        return asend.coroutine(receiver, call)

    return call


def _key(who: Hashable, sender: object) -> Key:
    return (STYLE, who, sender if sender is ANY else sender_key(sender))


def _require_fit(receiver: Callable[..., Any]) -> None:
    if not callable(receiver):
        raise ReceiverError("Signal receivers must be callable.")
    conf = sys.modules.get("django.conf")
    if conf is not None and not (conf.settings.configured and conf.settings.DEBUG):
        return
    try:
        parameters = inspect.signature(receiver).parameters.values()
    except (TypeError, ValueError):
        return
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        raise ValueError("Signal receivers must accept keyword arguments (**kwargs).")
