"""A declared kind of event: connect receivers to it, send it. How a send is walked is the business of `calls`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from threading import RLock
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar, overload
from warnings import warn

from portico.errors import DeclarationError, LostReceiverWarning, ReceiverError, SignalError, Veto
from portico.signals.calls import Results, declared_send, undeclared_send
from portico.signals.declaration import POLICIES, RAISE, Declaration, read_stub
from portico.signals.dispatch import Dispatch, Outcome
from portico.signals.failures import ReceiverFailure, report_failure
from portico.signals.ownership import current_ownership
from portico.signals.receivers import describe_receiver, fit_declared, receiver_key
from portico.signals.registry import Registry, living
from portico.signals.senders import ANY
from portico.signals.taps import Recording, TapPoint, enrol, taps_on_everything

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from portico.signals.namespace import Namespace
    from portico.signals.plan import Plan
    from portico.signals.receivers import Receiver
    from portico.signals.subscription import Subscription
    from portico.signals.taps import SendReport

P = ParamSpec("P")
T = TypeVar("T")

Weak = bool | None
"""Whether the receiver's object may die; None leaves it to the kind of receiver."""

# What leaves a send of the receivers' exceptions.
_EVERYTHING: Final[tuple[type[Exception], ...]] = (Exception,)
_VETOES: Final[tuple[type[Exception], ...]] = (Veto,)
_NOTHING: Final[tuple[type[Exception], ...]] = ()

_declaring: Final = RLock()


class Signal(Generic[P]):
    """A kind of event. Made by `Namespace.signal`, or on its own for use inside one module.

    `P` is the signature of its sends: the sender first and positional, then the payload as keywords.
    """

    def __init__(self, name: str = "", doc: str | None = None, *, namespace: Namespace | None = None) -> None:
        self.name: Final = name
        self.namespace: Final = namespace
        self.declaration: Declaration | None = None
        self._doc = doc or ""
        self._registry: Final = Registry(self)
        self._taps: Final = TapPoint(lambda: (self,))
        self._overrides: Final[dict[object, str]] = {}
        """Policies, each by a key that is itself and no other; the last one counts."""
        self._set_send(undeclared_send(self._registry, self._observed))
        enrol(self)

    # -- what it is ---------------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """`namespace:name`, as it stands in messages and listings."""
        name = self.name or f"signal at {id(self):#x}"
        return f"{self.namespace.name}:{name}" if self.namespace else name

    @property
    def doc(self) -> str:
        """What the declaration says about it; as long as there is none, whoever asked for it by name."""
        return self.declaration.doc if self.declaration else self._doc

    def describe(self, doc: str) -> None:
        """Say what the signal is for, as long as nobody declares it. The first word counts."""
        self._doc = self._doc or doc

    @property
    def policy(self) -> str:
        """`"raise"` or `"isolate"`: what becomes of a receiver's exception."""
        declared = self.declaration.policy if self.declaration else RAISE
        return [declared, *self._overrides.values()][-1]

    @property
    def vetoable(self) -> bool:
        """Whether a receiver may refuse the operation with `Veto` although the signal isolates."""
        return self.declaration is not None and self.declaration.vetoable

    def declare(self, stub: Callable[P, Any], **promises: Any) -> None:
        """Fill in what was so far only a name. Receivers connected before are fitted to the declaration now.

        One that does not fit is disconnected and reported as a failure of its own owner, not of the declarer.

        Raises:
            DeclarationError: the stub cannot be a declaration, or the signal is declared already.
        """
        self.fill_in(read_stub(stub, **promises))

    def fill_in(self, declaration: Declaration) -> None:
        """Do what `declare` does, with a stub that has been read already."""
        send = declared_send(self._registry, declaration, self._observed, self._isolated)
        with _declaring:
            if self.declaration is not None:
                first = describe_receiver(self.declaration.stub)
                msg = f"cannot declare {self.label} again; it was declared by {first}"
                raise DeclarationError(msg)
            self.declaration = declaration
        # In this order: a `send` captured before leads to the new one as soon as the registry knows the fields.
        self._set_send(send)
        self._registry.declare(declaration.field_names)
        for subscription in self._registry:
            receiver = subscription.receiver
            if receiver is None:
                continue
            try:
                fit_declared(receiver, subscription.parameters, self.label, declaration.field_names)
            except ReceiverError as error:
                subscription.cancel()
                report_failure(ReceiverFailure(self, subscription, receiver, error))

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
        if receiver is None:

            def connect(receiver: Callable[P, T]) -> Callable[P, T]:
                self._connect(receiver, sender, weak, order, alone=False)  # It is about to get its name.
                return receiver

            return connect
        alone = sys.getrefcount(receiver) <= _REFERENCES_OF_AN_ARGUMENT
        self._connect(receiver, sender, weak, order, alone=alone)
        return receiver

    def connect_via(self, sender: object, weak: Weak = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Return a decorator that connects its function to sends from `sender`."""
        return self.connect(None, sender, weak)

    def subscribe(
        self, receiver: Callable[P, Any], sender: object = ANY, weak: Weak = None, order: int = 0
    ) -> Subscription:
        """Connect a receiver and return what undoes exactly this connection. Takes and raises what `connect` does."""
        alone = sys.getrefcount(receiver) <= _REFERENCES_OF_AN_ARGUMENT
        return self._connect(receiver, sender, weak, order, alone=alone)

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
        subscription = self._connect(receiver, sender, weak=False, order=0, alone=False)
        try:
            yield
        finally:
            subscription.cancel()

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Call nobody for the length of a `with` block, in any thread. Blocks nest."""
        self._registry.mute(1)
        try:
            yield
        finally:
            self._registry.mute(-1)

    # -- who is connected ---------------------------------------------------------------------------------------

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Every subscription whose receiver lives, in order of connecting."""
        return tuple(subscription for subscription in self._registry if subscription.receiver is not None)

    @property
    def receivers(self) -> tuple[Receiver, ...]:
        """Every living receiver, in order of connecting, whatever its sender; falsy if there is none."""
        found = {subscription.receiver_key: subscription.receiver for subscription in self.subscriptions}
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

    # -- sending ------------------------------------------------------------------------------------------------

    def send(self, /, *args: P.args, **kwargs: P.kwargs) -> Results:
        """Call the receivers, here and now, in order.

        Args:
            *args: the sender; None if left out.
            **kwargs: the payload, passed to every receiver as it is; receivers should not modify it.

        Returns:
            `(receiver, value)` of each, in the order of calling. Where the signal isolates, the value of a receiver
            that failed is its exception.

        Raises:
            TypeError: the payload is not the declared one.
            AsyncReceiverError: a coroutine receiver, and this thread's event loop is running; nobody was called.
            Veto: a receiver of a vetoable signal refuses.
            Exception: what a receiver raised, where the signal does not isolate.
        """
        # Only subclasses that override it come here: an instance has a function generated for its payload.
        return self._send(*args, **kwargs)

    def send_isolated(self, /, *args: P.args, **kwargs: P.kwargs) -> Results:
        """Send, isolating every receiver's exception, a veto too, whatever the signal's policy."""
        sender, payload = self.check(*args, **kwargs)
        return _results(self._dispatch(sender, payload, isolated=True).run())

    def collect(self, /, *args: P.args, **kwargs: P.kwargs) -> list[Any]:
        """Send, and return the values that are not None, in order, without those of receivers that failed."""
        sender, payload = self.check(*args, **kwargs)
        outcomes = self._dispatch(sender, payload).run()
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
        from portico.signals.asynchronous import run_concurrently, run_in_sequence  # noqa: PLC0415 - imports asyncio

        concurrent = "concurrent" not in (self._registry.fields or ()) and kwargs.pop("concurrent", False)
        sender, payload = self.check(*args, **kwargs)
        dispatch = self._dispatch(sender, payload)
        return _results(await (run_concurrently(dispatch) if concurrent else run_in_sequence(dispatch)))

    def check(self, /, *args: P.args, **kwargs: P.kwargs) -> tuple[object, dict[str, Any]]:
        """Return the sender and the payload as receivers would get them, defaults filled in; call nobody.

        Raises:
            TypeError: the payload is not the declared one.
        """
        return self._check(*args, **kwargs)

    # -- observing ----------------------------------------------------------------------------------------------

    def tap(self, observer: Callable[[SendReport], object]) -> Callable[[], None]:
        """Have `observer` called with a report of every send, after it; return what detaches it."""
        return self._taps.attach(observer)

    def override_policy(self, policy: str) -> Callable[[], None]:
        """Treat exceptions by another policy than the declared one; return what undoes it.

        Of several overrides the latest counts; each can be undone on its own, in any order.

        Raises:
            SignalError: there is no such policy.
        """
        if policy not in POLICIES:
            msg = f"cannot override the policy of {self.label} with {policy!r}; use 'raise' or 'isolate'"
            raise SignalError(msg)
        key = object()
        self._overrides[key] = policy
        self.refresh()

        def undo() -> None:
            self._overrides.pop(key, None)
            self.refresh()

        return undo

    def refresh(self) -> None:
        """Take sends off the hot path or put them back, as taps and overrides ask."""
        self._registry.observe(lambda: bool(self._overrides or self._all_taps()))

    # -- inside -------------------------------------------------------------------------------------------------

    def _connect(self, receiver: Receiver, sender: object, weak: Weak, order: int, *, alone: bool) -> Subscription:
        self._refuse_uncallable(receiver)
        owned = current_ownership()
        if weak is None:
            weak = owned is None and type(receiver) is MethodType and _weakly_referenceable(receiver)
        subscription = self._registry.subscribe(
            receiver,
            sender,
            strong=owned is not None or not weak,
            order=order,
            owned=owned,
            # Of whoever called `connect`, `subscribe`, or what `connect` returned as a decorator.
            module=sys._getframe(2).f_globals.get("__name__"),  # noqa: SLF001 - no caller would say it
        )
        try:
            if subscription.weak and alone and _lost(receiver):
                warn(
                    f"{describe_receiver(receiver)} was connected to {self.label} weakly, and nothing else holds its "
                    "object: it is gone at once; keep the object, or connect with weak=False",
                    LostReceiverWarning,
                    stacklevel=3,
                )
            if "_receiver_connected" in self.__dict__:
                self.receiver_connected.send(self, receiver=receiver, sender=sender, weak=subscription.weak)
        except BaseException:
            subscription.cancel()  # Nothing is left half connected, whether a receiver failed or warnings are errors.
            raise
        if owned is not None:
            owned.subscriptions.append(subscription)
        return subscription

    def _refuse_uncallable(self, receiver: object) -> None:
        if not callable(receiver):
            msg = f"cannot connect {type(receiver).__name__!r} object to {self.label}: it is not callable"
            raise ReceiverError(msg)

    def _own_signal(self, attribute: str) -> Signal[...]:
        # Of two threads, the first to store it wins and both get that one.
        signal: Signal[...] | None = self.__dict__.get(attribute)
        return signal or self.__dict__.setdefault(attribute, Signal(f"{self.name}.{attribute[1:]}"))

    def _set_send(self, send: Callable[..., Results]) -> None:
        self._send = send
        if type(self).send is Signal.send:
            self.__dict__["send"] = send

    def _check(self, sender: object = None, /, **payload: Any) -> tuple[object, dict[str, Any]]:
        declaration = self.declaration
        if declaration is None:
            return sender, payload
        return sender, declaration.complete(payload, self.label)

    def _all_taps(self) -> tuple[Callable[[SendReport], object], ...]:
        of_namespace = self.namespace.taps if self.namespace else ()
        return (*self._taps.taps, *of_namespace, *taps_on_everything())

    def _dispatch(self, sender: object, payload: dict[str, Any], *, isolated: bool = False) -> Dispatch:
        plan, taps, passing = self._registry.plan_for(sender), self._all_taps(), _NOTHING
        if not isolated:
            passing = _EVERYTHING if self.policy == RAISE else _VETOES if self.vetoable else _NOTHING
        recording = Recording(self, sender, payload, taps) if taps else None
        return Dispatch(self, plan, sender, payload, passing=passing, recording=recording)

    def _observed(self, sender: object, payload: dict[str, Any]) -> Results:
        return _results(self._dispatch(sender, payload).run())

    def _isolated(self, plan: Plan, receiver: Receiver, error: Exception) -> Exception:
        key = receiver_key(receiver)
        matching = next((entry for entry in plan.entries if entry[0].receiver_key == key), None)
        if matching is not None:
            report_failure(ReceiverFailure(self, matching[0], receiver, error))
        return error

    def __repr__(self) -> str:
        return f"<Signal {self.label}>"


def _results(outcomes: list[Outcome]) -> Results:
    return [(outcome.receiver, outcome.value) for outcome in outcomes]


def _weakly_referenceable(method: Any) -> bool:
    return getattr(type(method.__self__), "__weakrefoffset__", 0) > 0


class _Probe:
    def method(self) -> None:
        """Be bound."""


def _references_of_object(method: Any) -> int:
    return sys.getrefcount(method.__self__)


def _references_of_argument(argument: object) -> int:
    return sys.getrefcount(argument)


# What CPython counts when nobody else holds an argument, or a method's object; it differs between versions.
_REFERENCES_OF_AN_ARGUMENT: Final = _references_of_argument(_Probe().method)
_REFERENCES_OF_AN_OBJECT: Final = _references_of_object(_Probe().method)


def _lost(receiver: Receiver) -> bool:
    """Tell whether a receiver that nobody else holds takes its object with it."""
    return type(receiver) is not MethodType or _references_of_object(receiver) <= _REFERENCES_OF_AN_OBJECT
