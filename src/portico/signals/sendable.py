"""What a signal promises and how it is sent. Who is connected is in `signal`; the walk is the business of `calls`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, Self, cast, overload

from portico.errors import DeclarationError, ReceiverError, SignalError, Veto
from portico.signals.calls import Results, declared_send, declared_send_async, undeclared_send, undeclared_send_async
from portico.signals.declaration import POLICIES, RAISE, Declaration, read_stub
from portico.signals.dispatch import Dispatch
from portico.signals.failures import report_failure
from portico.signals.guard import guarding
from portico.signals.receivers import fit_declared, receiver_key
from portico.signals.records import Outcome, ReceiverFailure
from portico.signals.registry import Registry
from portico.signals.serial import Mutex
from portico.signals.taps import Recording, TapPoint, enrol, taps_on_everything
from portico.signals.undo import Undoing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from portico.signals.namespace import Namespace
    from portico.signals.plan import Plan
    from portico.signals.receivers import Receiver
    from portico.signals.records import SendReport
    from portico.signals.signal import Signal
    from portico.signals.undo import Undo

P = ParamSpec("P")

# What leaves a send of the receivers' exceptions.
_EVERYTHING: Final[tuple[type[Exception], ...]] = (Exception,)
_VETOES: Final[tuple[type[Exception], ...]] = (Veto,)
_NOTHING: Final[tuple[type[Exception], ...]] = ()

_declaring: Final = Mutex()


class Sendable(Generic[P]):
    """The half of a `Signal` that faces who declares, sends and watches it."""

    def __init__(self, name: str = "", doc: str | None = None, *, namespace: Namespace | None = None) -> None:
        self.name: Final = name
        self.namespace: Final = namespace
        self.declaration: Declaration | None = None
        self._doc = doc or ""
        self._registry: Final = Registry(self._signal)
        self._taps: Final = TapPoint(lambda: (self._signal,))
        self._overrides: Final[dict[object, str]] = {}
        """Policies, each by a key that is itself and no other; the last one counts."""
        self._set_send(undeclared_send(self._registry, self._observed))
        self._send_async: Callable[..., Awaitable[Results]] | None = None
        enrol(self._signal)

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

        One that does not fit is disconnected and reported as a failure of its own owner, not of the declarer. The same
        stub may declare it again, when its module is reloaded or a cell of a notebook is run again: what that module's
        body has connected to the signal is disconnected, and connecting it again puts it back in its old place.

        Raises:
            DeclarationError: the stub cannot be a declaration, or the signal is declared by another one already.
        """
        self.fill_in(read_stub(stub, **promises))

    def fill_in(self, declaration: Declaration) -> None:
        """Do what `declare` does, with a stub that has been read already."""
        send = declared_send(self._registry, declaration, self._observed, self._isolated)
        with _declaring:
            first = self.declaration
            if first is not None and first.identity != declaration.identity:
                msg = f"cannot declare {self.label} again; it was declared by {first.origin}"
                raise DeclarationError(msg)
            self.declaration = declaration
        if first is not None:
            self._registry.vacate_module(declaration.module)
        # In this order: a `send` captured before leads to the new one as soon as the registry knows the fields.
        self._set_send(send)
        self._registry.declare(declaration.field_names)
        self._set_send_async(None)
        for subscription in self._registry:
            receiver = subscription.receiver
            if receiver is None:
                continue
            try:
                fit_declared(receiver, subscription.parameters, self.label, declaration.field_names)
            except ReceiverError as error:
                subscription.cancel()
                report_failure(ReceiverFailure(self._signal, subscription, receiver, error))

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

    def check(self, /, *args: P.args, **kwargs: P.kwargs) -> tuple[object, dict[str, Any]]:
        """Return the sender and the payload as receivers would get them, defaults filled in; call nobody.

        Raises:
            TypeError: the payload is not the declared one.
        """
        return self._check(*args, **kwargs)

    # -- observing ----------------------------------------------------------------------------------------------

    def tap(self, observer: Callable[[SendReport], object]) -> Undo:
        """Have `observer` called with a report of every send, after it; return what detaches it."""
        return self._taps.attach(observer)

    def override_policy(self, policy: str) -> Undo:
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

        @Undoing
        def undo() -> None:
            self._overrides.pop(key, None)
            self.refresh()

        return undo

    def refresh(self) -> None:
        """Take sends off the hot path or put them back, as taps, overrides and the guard ask."""
        self._registry.observe(lambda: bool(self._overrides or self._all_taps() or guarding()))

    def renew(self) -> None:
        """Go on in a forked child, which has none of its parent's other threads."""
        self._registry.renew()

    # -- inside -------------------------------------------------------------------------------------------------

    @property
    def _signal(self) -> Signal[...]:
        # Nobody makes the half without the whole.
        return cast("Signal[...]", self)

    def _set_send(self, send: Callable[..., Results]) -> None:
        self._send = send
        if type(self).send is Sendable.send:
            self.__dict__["send"] = send

    def _generated_send_async(self) -> Callable[..., Awaitable[Results]]:
        send_async = self._send_async
        if send_async is None:
            declaration = self.declaration
            if declaration is None or self._registry.fields is None:
                send_async = undeclared_send_async(self._registry, self._observed_async)
            else:
                send_async = declared_send_async(self._registry, declaration, self._observed_async, self._isolated)
            self._set_send_async(send_async)
        return send_async

    def _set_send_async(self, send_async: Callable[..., Awaitable[Results]] | None) -> None:
        self._send_async = send_async
        if send_async is None:
            self.__dict__.pop("send_async", None)
        elif type(self).send_async is Sendable.send_async:
            self.__dict__["send_async"] = send_async

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
        recording = Recording(self._signal, sender, payload, taps) if taps else None
        return Dispatch(self._signal, plan, sender, payload, passing=passing, recording=recording, guarded=guarding())

    def _observed(self, sender: object, payload: dict[str, Any]) -> Results:
        return _results(self._dispatch(sender, payload).run())

    async def _observed_async(
        self,
        sender: object,
        payload: dict[str, Any],
        concurrent: bool,  # noqa: FBT001 - by position in generated code
        *,
        isolated: bool = False,
    ) -> Results:
        from portico.signals.asynchronous import run_concurrently, run_in_sequence  # noqa: PLC0415 - imports asyncio

        dispatch = self._dispatch(sender, payload, isolated=isolated)
        return _results(await (run_concurrently(dispatch) if concurrent else run_in_sequence(dispatch)))

    def _isolated(self, plan: Plan, receiver: Receiver, error: Exception) -> Exception:
        key = receiver_key(receiver)
        matching = next((entry for entry in plan.entries if entry[0].receiver_key == key), None)
        if matching is not None:
            report_failure(ReceiverFailure(self._signal, matching[0], receiver, error))
        return error

    # A signal is a kind of event: a copy of what holds it speaks of the same kind.

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        if self.namespace is None:
            msg = f"cannot pickle {self.label}: no namespace has it, so it would not be found; get it from a Namespace"
            raise TypeError(msg)
        return (self.namespace.signal, (self.name,))

    def __repr__(self) -> str:
        return f"<Signal {self.label}>"


def _results(outcomes: list[Outcome]) -> Results:
    return [(outcome.receiver, outcome.value) for outcome in outcomes]
