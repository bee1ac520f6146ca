"""Makes signals with blinker's interface; one of Portico's underneath each does the work."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from copy import deepcopy
from functools import cached_property
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, TypeVar
from weakref import ReferenceType

from portico import signals
from portico.compat.blinker.tables import STYLE, Tables, receiver_id
from portico.compat.connecting import facade_receivers
from portico.compat.connections import connections
from portico.compat.facade_receiver import original
from portico.compat.turns import begin
from portico.errors import AsyncReceiverError
from portico.signals import ANY, is_coroutine_function

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Mapping

    from portico.compat.connecting import Connected
    from portico.compat.connections import Raw
    from portico.signals import Receiver

    Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]

# What a signal makes for itself; and what a copy has from the signal, as it is.
_MADE: Final = frozenset({"portico", "_facade_receivers", "_tables", "_mutings", "_muted_by_hand"})
_SHARED: Final = frozenset({"portico", "connections"})

F = TypeVar("F", bound="Callable[..., Any]")
Results = list[tuple["Callable[..., Any]", Any]]


class Signal:
    """A signal with blinker's interface.

    Args:
        doc: what the signal is for.
    """

    ANY = ANY
    set_class: ClassVar[type[set[Any]]] = set
    """Accepted and not used: receivers are called in the order of connecting."""

    def __init__(self, doc: str | None = None) -> None:
        self.stand_on(signals.Signal("", doc))

    def stand_on(self, portico: signals.Signal[...]) -> None:
        """Be a view of this Portico signal. To be called once, when it is made."""
        self.portico = portico
        """The signal underneath."""
        self._facade_receivers = facade_receivers(portico)
        self._tables = Tables(portico, self._connect_under)
        self._mutings = 0
        self._muted_by_hand = ExitStack()
        if portico.doc:
            self.__doc__ = portico.doc

    @cached_property
    def receiver_connected(self) -> Signal:
        """Sent after each `connect`: this signal as the sender; `receiver`, `sender`, `weak`."""
        return Signal("Sent after a receiver was connected.")

    @cached_property
    def receiver_disconnected(self) -> Signal:
        """Sent after each `disconnect`: this signal as the sender; `receiver`, `sender`."""
        return Signal("Sent after a receiver was disconnected.")

    # -- connecting ---------------------------------------------------------------------------------------------

    def connect(self, receiver: F, sender: Any = ANY, weak: bool = True) -> F:
        """Connect a receiver, to be called as `receiver(sender, **payload)`, and return it.

        Args:
            receiver: any callable.
            sender: only sends from this one reach it.
            weak: whether the receiver may die. A function that nothing else holds does, at once.
        """
        self._connect(receiver, sender, weak=weak)
        return receiver

    def connect_via(self, sender: Any, weak: bool = False) -> Callable[[F], F]:
        """Return a decorator that connects its function to sends from `sender`, strongly unless told otherwise."""

        def connect(receiver: F) -> F:
            return self.connect(receiver, sender, weak)

        return connect

    @contextmanager
    def connected_to(self, receiver: Callable[..., Any], sender: Any = ANY) -> Generator[None, None, None]:
        """Connect a receiver for the length of a `with` block; connections made elsewhere are left alone."""
        undo = self._connect(receiver, sender, weak=False, apart=True)
        try:
            yield None
        finally:
            undo()
            self._disconnected(receiver, sender)

    def disconnect(self, receiver: Callable[..., Any], sender: Any = ANY) -> None:
        """Disconnect a receiver from a sender; by default, from everything that it is connected to here."""
        self._facade_receivers.disconnect((STYLE, receiver_id(receiver)), sender)
        self._disconnected(receiver, sender)

    # -- muting -------------------------------------------------------------------------------------------------

    @contextmanager
    def muted(self) -> Generator[None, None, None]:
        """Call nobody for the length of a `with` block. Blocks nest."""
        with self.portico.muted():
            self._mutings += 1
            try:
                yield None
            finally:
                self._mutings -= 1

    @property
    def is_muted(self) -> bool:
        """Whether it is muted here. Setting it mutes until it is set back, whatever blocks begin and end meanwhile."""
        return self._mutings > 0

    @is_muted.setter
    def is_muted(self, muted: bool) -> None:
        self._muted_by_hand.close()
        if muted:
            self._muted_by_hand.enter_context(self.muted())

    # -- sending ------------------------------------------------------------------------------------------------

    def send(self, sender: Any = None, /, *, _async_wrapper: Wrapper | None = None, **kwargs: Any) -> Results:
        """Call the receivers for `sender`, in order of connecting, and return `(receiver, value)` of each.

        What a receiver raises leaves the send, unless the signal underneath isolates it, as it does for plugins.

        Args:
            sender: None if left out.
            _async_wrapper: makes of a coroutine receiver one that can simply be called.
            **kwargs: the payload, passed to every receiver as it is.

        Raises:
            AsyncReceiverError: a RuntimeError; there is a coroutine receiver and no wrapper. Nobody was called.
        """
        if _async_wrapper is None:
            self._refuse_coroutines(sender)
        dispatch = begin(self.portico, sender, kwargs)
        if dispatch is None:
            return []
        with dispatch:
            for receiver in dispatch.turns(STYLE, every=_async_wrapper is not None):
                try:
                    if dispatch.is_coroutine and _async_wrapper is not None:
                        dispatch.returned(_async_wrapper(receiver)(sender, **dispatch.payload))
                    else:
                        dispatch.returned(receiver(sender, **dispatch.payload))
                except BaseException as error:
                    if dispatch.lets_out(error):
                        raise
        return dispatch.originals()

    async def send_async(
        self, sender: Any = None, /, *, _sync_wrapper: Wrapper | None = None, **kwargs: Any
    ) -> Results:
        """Await the receivers for `sender`, one after another, and return `(receiver, value)` of each.

        Args:
            sender: None if left out.
            _sync_wrapper: makes of a plain receiver one that can be awaited.
            **kwargs: the payload, passed to every receiver as it is.

        Raises:
            AsyncReceiverError: a RuntimeError; there is a plain receiver and no wrapper. Nobody was called.
        """
        portico = self.portico
        if _sync_wrapper is None and not all(
            receiver.is_coroutine for receiver in self._facade_receivers.connected_for(sender)
        ):
            raise _refused(portico, "a receiver that is no coroutine function", "send, or _sync_wrapper")
        dispatch = begin(portico, sender, kwargs)
        if dispatch is None:
            return []
        with dispatch:
            for receiver in dispatch.turns(STYLE, every=True):
                try:
                    if dispatch.is_own and not dispatch.is_coroutine and _sync_wrapper is not None:
                        value = _sync_wrapper(receiver)(sender, **dispatch.payload)
                    else:
                        value = receiver(sender, **dispatch.payload)
                    dispatch.returned(await value if isawaitable(value) else value)
                except BaseException as error:
                    if dispatch.lets_out(error):
                        raise
        return dispatch.originals()

    # -- who is connected ---------------------------------------------------------------------------------------

    @property
    def receivers(self) -> dict[Hashable, Raw]:
        """The living receivers, whatever their sender, by what they are known by; weak ones as references.

        What is done to it is done to the signal: a receiver that is taken out is disconnected, and connected again to
        its senders when it is put back.
        """
        return self._tables.receivers

    @receivers.setter
    def receivers(self, content: Mapping[Hashable, Raw]) -> None:
        self._tables.replace(content)

    def receivers_for(self, sender: Any) -> Generator[Callable[..., Any], None, None]:
        """Iterate over the receivers that a send from `sender` would call; for ANY, only those of ANY."""
        for receiver in self.portico.receivers_for(sender):
            yield original(receiver)

    def has_receivers_for(self, sender: Any) -> bool:
        """Tell whether a send from `sender` would call anybody."""
        return self.portico.has_receivers_for(sender)

    # -- copying ------------------------------------------------------------------------------------------------

    def __copy__(self) -> Self:
        """Return a signal that shares its connections."""
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self.__dict__)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return a signal of its own to which the same receivers are connected, for the same senders."""
        copied = memo[id(self)] = type(self).__new__(type(self))
        shared = {name: value for name, value in self.__getstate__().items() if name in _SHARED}
        others = {name: value for name, value in self.__getstate__().items() if name not in _SHARED}
        copied.__setstate__(deepcopy(others, memo) | shared)
        return copied

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: who is connected, and what its user added to it."""
        portico = self.portico
        return {name: value for name, value in self.__dict__.items() if name not in _MADE} | {
            "portico": portico if portico.namespace else None,  # One of a namespace stays that very one.
            "is_muted": self.is_muted,
            "connections": [
                (each.receiver, each.sender, isinstance(each.raw, ReferenceType)) for each in connections(portico)
            ],
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Be as `__getstate__` said."""
        portico, is_muted, connected = (state.pop(name) for name in ("portico", "is_muted", "connections"))
        self.__dict__.update(state)
        self.stand_on(portico or signals.Signal(state.get("name", ""), state.get("__doc__")))
        for receiver, sender, weak in connected if portico is None else ():
            self._connect_under(receiver_id(receiver), receiver, sender, weak)
        self.is_muted = is_muted

    # -- inside -------------------------------------------------------------------------------------------------

    # What blinker keeps in these, the engine keeps; here they are made anew each time, to be looked at.

    @property
    def _by_receiver(self) -> dict[Hashable, set[Hashable]]:
        return self._tables.by_receiver()

    @property
    def _by_sender(self) -> dict[Hashable, set[Hashable]]:
        return self._tables.by_sender()

    @property
    def _weak_senders(self) -> dict[Hashable, ReferenceType[Any]]:
        return self._tables.weak_senders()

    def _cleanup_bookkeeping(self) -> None:
        """Do nothing: nothing is left behind that nobody is connected to."""

    def _clear_state(self) -> None:
        self.receivers.clear()

    def _connect(
        self, receiver: Callable[..., Any], sender: object, *, weak: bool, apart: bool = False
    ) -> Callable[[], None]:
        key = receiver_id(receiver)
        undo = self._connect_under(key, receiver, sender, weak, apart=apart).undo
        try:
            self._tables.changed(key)
            if "receiver_connected" in self.__dict__:
                self.receiver_connected.send(self, receiver=receiver, sender=sender, weak=weak)
        except BaseException:
            undo()  # Nothing is left half connected.
            raise
        return undo

    def _connect_under(
        self, key: Hashable, receiver: Receiver, sender: object, weak: bool, *, apart: bool = False
    ) -> Connected:
        return self._facade_receivers.connect(
            (STYLE, key),
            receiver,
            _call,
            sender=sender,
            weak=weak,
            is_coroutine=is_coroutine_function(receiver),
            apart=apart,
        )

    def _disconnected(self, receiver: Callable[..., Any], sender: object) -> None:
        self._tables.changed(receiver_id(receiver))
        if "receiver_disconnected" in self.__dict__:
            self.receiver_disconnected.send(self, receiver=receiver, sender=sender)

    def _refuse_coroutines(self, sender: object) -> None:
        receivers = self._facade_receivers
        if receivers.coroutines and any(
            each.is_coroutine and each.lets_out for each in list(receivers.connected_for(sender))
        ):
            raise _refused(self.portico, "a coroutine receiver", "send_async, or _async_wrapper")


def _call(receiver: Receiver, sender: Any, payload: dict[str, Any]) -> Any:
    return receiver(sender, **payload)


def _refused(signal: signals.Signal[...], what: str, instead: str) -> AsyncReceiverError:
    return AsyncReceiverError(f"cannot send {signal.label} to {what} in this way; use {instead}")
