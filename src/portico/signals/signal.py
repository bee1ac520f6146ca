"""Offers a kind of event: connects receivers to it, declares it, sends it, and lets others watch."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar, overload

from portico.errors import ReceiverError
from portico.signals.any_signal import AnyNamespace, AnySignal, enrol, every_signal, find_signal, with_unowned
from portico.signals.connecting import connect, require_fit
from portico.signals.declaration import REQUIRED, Declaration, read_stub
from portico.signals.dispatch import Dispatch
from portico.signals.generated import declared_send, declared_send_async, undeclared_send, undeclared_send_async
from portico.signals.payload_guard import guarding
from portico.signals.plan import living
from portico.signals.receivers import receiver_key
from portico.signals.registry import Registry
from portico.signals.senders import ANY
from portico.signals.undo import Table, Undo
from portico.signals.watching import (
    ReceiverFailure,
    Recording,
    Tap,
    report_failure,
    taps_on_everything,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from portico.signals.plan import Plan, Results
    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Subscription
    from portico.signals.watching import SendReport

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D", bound=Dispatch)

Weak = bool | None
"""Whether the receiver's object may die; None leaves it to the kind of receiver."""


class Signal(AnySignal, Generic[P]):
    """A kind of event. Made by `Namespace.signal`, or on its own for use inside one module.

    `P` is the signature of its sends: the sender first and positional, then the payload as keywords.
    """

    def __init__(self, name: str = "", doc: str | None = None, *, namespace: AnyNamespace | None = None) -> None:
        super().__init__(name, doc, namespace)
        self._registry: Final = Registry(self)
        self._taps: Final = Table[Tap](self.refresh)
        self._set_send(undeclared_send(self._registry, self._observed))
        self._send_async: Callable[..., Awaitable[Results]] | None = None
        enrol(self)

    # -- declaring -------------------------------------------------------------------------------------------------

    def declare(self, stub: Callable[P, Any], **promises: Any) -> None:
        """Fill in what was so far only a name. Receivers connected before are fitted to the declaration now.

        One that does not fit is disconnected and reported as a failure of its own owner, not of the declarer. The same
        stub may declare it again, when its module is reloaded or a cell of a notebook is run again: what that module's
        body has connected to the signal is disconnected, and connecting it again puts it back in its old place.

        Raises:
            DeclarationError: the stub cannot be a declaration, or the signal is declared by another one already.
        """
        self.fill_in(read_stub(stub, **promises))

    def fill_in(self, declaration: Declaration) -> None:
        """Do what `declare` does, with a stub that has been read already."""
        if not self.take(declaration):
            self._registry.vacate_module(declaration.module)
        # In this order: a `send` captured before leads to the new one as soon as the registry knows the fields.
        self.write_sends()
        self._registry.declare(declaration.field_names)
        self._set_send_async(None)
        for subscription in self._registry:
            receiver = subscription.receiver
            if receiver is None:
                continue
            try:
                require_fit(self._registry, receiver, subscription._parameters, subscription.owner)
            except ReceiverError as error:
                subscription.cancel()
                report_failure(ReceiverFailure(self, subscription, receiver, error))

    def write_sends(self) -> None:
        """Make the sends of a declared signal anew, as its declaration and its namespace say."""
        declaration = self.in_force
        if declaration is not None:
            self._set_send(declared_send(self._registry, declaration, self._observed))
            self._set_send_async(None)

    # -- sending ------------------------------------------------------------------------------------------------

    def send(self, /, *args: P.args, **kwargs: P.kwargs) -> Results:
        """Call the receivers, here and now, in order.

        Args:
            *args: the sender; None if it is left out of an undeclared send.
            **kwargs: the payload, passed to every receiver as it is; receivers should not modify it.

        Returns:
            `(receiver, value)` of each, in the order of calling. A receiver of a plugin that failed is left out; where
            the signal isolates every receiver, the value of one that failed is its exception.

        Raises:
            TypeError: the payload is not the declared one, or the sender is missing.
            AsyncReceiverError: a coroutine receiver, and this thread's event loop is running; nobody was called.
            Veto: a receiver of a vetoable signal refuses.
            Exception: what a receiver raised, where the signal does not isolate.
        """
        # Only subclasses that override it come here: an instance has a function generated for its payload.
        return self._send(*args, **kwargs)

    def send_isolated(self, /, *args: P.args, **kwargs: P.kwargs) -> Results:
        """Send, isolating every receiver's exception, a veto too, whatever the signal's policy."""
        sender, payload = self.check(*args, **kwargs)
        return self._observed(sender, payload, isolated=True)

    def collect(self, /, *args: P.args, **kwargs: P.kwargs) -> list[Any]:
        """Send, and return the values that are not None, in order, without those of receivers that failed."""
        sender, payload = self.check(*args, **kwargs)
        outcomes = self.dispatch(Dispatch, sender, payload).run()
        return [outcome.value for outcome in outcomes if not outcome.failed and outcome.value is not None]

    @overload
    async def send_async(self, /, *args: P.args, **kwargs: P.kwargs) -> Results: ...
    @overload
    async def send_async(self, sender: object = None, /, *, concurrent: bool, **payload: Any) -> Results: ...
    async def send_async(self, /, *args: Any, **kwargs: Any) -> Results:
        """Send, awaiting coroutine receivers.

        Args:
            *args: the sender.
            **kwargs: the payload; also `concurrent`, unless that is a field: whether to run coroutine receivers side by
                side instead of one after another. Results keep the order.
        """
        # As with `send`, but generated at the first call: most signals never have one.
        return await self._generated_send_async()(*args, **kwargs)

    async def send_payload_async(
        self,
        sender: object,
        payload: Mapping[str, Any],
        *,
        concurrent: bool = False,
        isolated: bool = False,
    ) -> Results:
        """Do what `send_async` does, for a payload that is at hand as a mapping: none of its names is an option.

        Args:
            sender: the sender.
            payload: the payload.
            concurrent: run coroutine receivers side by side. Results keep the order.
            isolated: isolate every receiver's exception whatever the signal's policy, as `send_isolated` does.
        """
        sender, complete = self._check(sender, **payload)
        return await self._observed_async(sender, complete, concurrent, isolated=isolated)

    def quick_plan(self, sender: object, payload: Mapping[str, Any]) -> Plan | None:
        """Return whom an undeclared send calls, in order, if each is simply called; None if it takes a `dispatch`."""
        plan = self._registry.undeclared_plan
        if plan is None:
            plan = self._registry.find_undeclared(sender)
            if plan is None:
                return None
        if plan.first in payload or (plan.firsts and not plan.firsts.isdisjoint(payload)):
            return None
        return plan

    def dispatch(self, kind: type[D], sender: object, payload: dict[str, Any], *, isolated: bool = False) -> D:
        """Return a send that has called nobody yet, for who calls the receivers himself.

        Args:
            kind: what walks the receivers.
            sender: the sender.
            payload: the payload, checked already.
            isolated: isolate every receiver's exception whatever the signal's policy, as `send_isolated` does.
        """
        plan, taps = self._registry.plan_for(sender), self._all_taps()
        recording = Recording(self, sender, payload, taps) if taps else None
        return kind(self, plan, sender, payload, isolated=isolated, recording=recording, guarded=guarding())

    def check(self, /, *args: P.args, **kwargs: P.kwargs) -> tuple[object, dict[str, Any]]:
        """Return the sender and the payload as receivers would get them, defaults filled in; call nobody.

        Raises:
            TypeError: the payload is not the declared one.
        """
        return self._check(*args, **kwargs)

    # -- observing ----------------------------------------------------------------------------------------------

    def tap(self, observer: Callable[[SendReport], object]) -> Undo:
        """Have `observer` called with a report of every send, after it; return what detaches it."""
        return self._taps.add(observer)

    def refresh(self) -> None:
        """Take sends off the hot path or put them back, as taps and the guard ask."""
        self._registry.observe(lambda: bool(self._all_taps() or guarding()))

    def renew(self) -> None:
        """Go on in a forked child, which has none of its parent's other threads."""
        self._registry.renew()

    # -- connecting ---------------------------------------------------------------------------------------------

    @overload
    def connect(
        self, receiver: Callable[P, T], sender: object = ANY, weak: Weak = None, order: int = 0
    ) -> Callable[P, T]: ...
    @overload
    def connect(
        self, receiver: None = None, sender: object = ANY, weak: Weak = None, order: int = 0
    ) -> Callable[[Callable[P, T]], Callable[P, T]]: ...
    def connect(self, receiver: Receiver | None = None, sender: object = ANY, weak: Weak = None, order: int = 0) -> Any:
        """Connect a receiver and return it, so that this can stand as a decorator, with or without arguments.

        Args:
            receiver: called as `receiver(sender, **payload)`, or with the part of it that its signature takes.
            sender: only sends from this one reach it; objects by identity, strings and numbers by value.
            weak: whether the receiver's object may die. By default bound methods are weak and everything else is
                strong; within an `Ownership`, everything is strong.
            order: receivers of lower order are called first; then by their owner's rank, then as they connected.

        Raises:
            ReceiverError: the receiver is not callable or does not fit the declared signal.
            TypeError: it was to be weak, and cannot be weakly referenced.
        """
        if receiver is not None:
            self.subscribe(receiver, sender, weak, order)
            return receiver

        def decorate(receiver: Callable[P, T]) -> Callable[P, T]:
            self.subscribe(receiver, sender, weak, order)
            return receiver

        return decorate

    def connect_via(self, sender: object, weak: Weak = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Return a decorator that connects its function to sends from `sender`."""
        return self.connect(None, sender, weak)

    def subscribe(
        self, receiver: Callable[P, Any], sender: object = ANY, weak: Weak = None, order: int = 0
    ) -> Subscription:
        """Connect a receiver and return what undoes exactly this connection. Takes and raises what `connect` does."""
        subscription = connect(self._registry, receiver, sender, weak=weak, order=order)
        if "_receiver_connected" in self.__dict__:
            try:
                self.receiver_connected.send(self, receiver=receiver, sender=sender, weak=subscription.weak)
            except BaseException:
                subscription.cancel()  # Nothing is left half connected.
                raise
        return subscription

    def disconnect(self, receiver: Receiver, sender: object = ANY) -> bool:
        """Disconnect a receiver from a sender; for ANY, from everything that it is connected to here.

        Returns:
            Whether it was connected.
        """
        found = self._registry.matching(receiver_key(receiver), sender)
        for subscription in found:
            subscription.cancel()
        if found and "_receiver_disconnected" in self.__dict__:
            self.receiver_disconnected.send(self, receiver=receiver, sender=sender)
        return bool(found)

    @contextmanager
    def connected_to(self, receiver: Callable[P, Any], sender: object = ANY) -> Iterator[None]:
        """Connect a receiver for the length of a `with` block; connections made elsewhere are left alone."""
        with self.subscribe(receiver, sender, weak=False):
            yield

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Call nobody for the length of a `with` block, in any thread. Blocks nest."""
        key = object()
        self._registry.mute(key)
        try:
            yield
        finally:
            self._registry.unmute(key)

    # -- who is connected ---------------------------------------------------------------------------------------

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Every subscription whose receiver lives, in order of connecting."""
        return tuple(subscription for subscription in self._registry if subscription.receiver is not None)

    @property
    def receivers(self) -> tuple[Receiver, ...]:
        """Every living receiver, in order of connecting, whatever its sender; falsy if there is none."""
        found = {subscription._receiver_key: subscription.receiver for subscription in self.subscriptions}
        return tuple(receiver for receiver in found.values() if receiver is not None)

    def receivers_for(self, sender: object) -> Iterator[Receiver]:
        """Iterate over the receivers that a send from `sender` would call, in order; for ANY, only those of ANY."""
        return (receiver for _, receiver in living(self._registry.plan_for(sender).entries))

    def has_receivers_for(self, sender: object) -> bool:
        """Tell whether a send from `sender` would call anybody."""
        return any(True for _ in self.receivers_for(sender))

    @property
    def receiver_connected(self) -> Signal[...]:
        """Sent after each connecting: this signal as the sender; `receiver`, `sender`, `weak`."""
        return self._own_signal("_receiver_connected")

    @property
    def receiver_disconnected(self) -> Signal[...]:
        """Sent after each `disconnect` that found something: this signal as the sender; `receiver`, `sender`."""
        return self._own_signal("_receiver_disconnected")

    # -- inside -------------------------------------------------------------------------------------------------

    def _set_send(self, send: Callable[..., Results]) -> None:
        self._send = send
        if type(self).send is Signal.send:
            self.__dict__["send"] = send

    def _generated_send_async(self) -> Callable[..., Awaitable[Results]]:
        send_async = self._send_async
        if send_async is None:
            declaration = self.in_force
            if declaration is None or self._registry.fields is None:
                send_async = undeclared_send_async(self._registry, self._observed_async)
            else:
                send_async = declared_send_async(self._registry, declaration, self._observed_async)
            self._set_send_async(send_async)
        return send_async

    def _set_send_async(self, send_async: Callable[..., Awaitable[Results]] | None) -> None:
        self._send_async = send_async
        if send_async is None:
            self.__dict__.pop("send_async", None)
        elif type(self).send_async is Signal.send_async:
            self.__dict__["send_async"] = send_async

    def _check(self, sender: object = REQUIRED, /, **payload: Any) -> tuple[object, dict[str, Any]]:
        declaration = self.in_force
        if declaration is None:
            return None if sender is REQUIRED else sender, payload
        return declaration.checked(sender, payload, self.label)

    def _all_taps(self) -> tuple[Callable[[SendReport], object], ...]:
        of_namespace = self.namespace.taps if self.namespace else ()
        return (*self._taps, *of_namespace, *taps_on_everything())

    def _observed(self, sender: object, payload: dict[str, Any], *, isolated: bool = False) -> Results:
        dispatch = self.dispatch(Dispatch, sender, payload, isolated=isolated)
        return dispatch.results(dispatch.run())

    async def _observed_async(
        self,
        sender: object,
        payload: dict[str, Any],
        concurrent: bool,  # noqa: FBT001 - by position in generated code
        *,
        isolated: bool = False,
    ) -> Results:
        dispatch = self.dispatch(Dispatch, sender, payload, isolated=isolated)
        return dispatch.results(await dispatch.run_async(concurrent=concurrent))

    def _own_signal(self, attribute: str) -> Signal[...]:
        # Of two threads, the first to store it wins and both get that one.
        signal: Signal[...] | None = self.__dict__.get(attribute)
        return signal or self.__dict__.setdefault(attribute, Signal(f"{self.name}.{attribute[1:]}"))


def enrolled() -> list[Signal[...]]:
    """Return every signal of this process, those without a namespace included, in the order of making."""
    return [signal for signal in every_signal() if isinstance(signal, Signal)]


def unowned() -> list[Subscription]:
    """Return every connected subscription that was made outside of any `Ownership` and not adopted since.

    Only signals that have such subscriptions are looked at, and those that had some since this was called last.
    """
    found: list[Subscription] = []
    for key in list(with_unowned):
        signal = find_signal(key)
        if isinstance(signal, Signal):
            here = signal._registry.unowned()
            if not here:
                with_unowned.pop(key, None)
                # Of what was connected just before that, nobody else would tell.
                here = signal._registry.unowned()
                if here:
                    with_unowned[key] = None
            found += here
    return found
