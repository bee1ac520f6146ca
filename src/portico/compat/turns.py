"""Lets a façade call receivers from its own `send`, so that these see the frames that they would in its library.

A warning with a `stacklevel`, or who looks at the calling frames, counts on them. The engine decides who is called, in
which order, and what becomes of a failure; it is told of each call before and after, and stands in no frame meanwhile.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from time import perf_counter
from types import MethodType
from typing import TYPE_CHECKING, Any

from portico.compat.facade_receiver import facade_receiver_of, originals
from portico.signals import Dispatch, Outcome, Walk, leaves_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType
    from typing import Self

    from portico.compat.facade_receiver import FacadeReceiver, Results
    from portico.signals import Plan, Receiver, Signal, Subscription


def begin(
    signal: Signal[...], sender: object, payload: dict[str, Any], *, isolated: bool = False
) -> Turns | QuickTurns | None:
    """Return a send whose receivers take their turns in a loop of the façade; None if it is over: nobody hears it.

        dispatch = begin(signal, sender, payload)  # By this name, circles of sends are found.
        if dispatch is None:
            return []
        with dispatch:
            for receiver in dispatch.turns("blinker"):
                try:
                    dispatch.returned(receiver(sender, **dispatch.payload))
                except BaseException as error:
                    if dispatch.lets_out(error):
                        raise
        return dispatch.originals()

    Args:
        signal: what is sent.
        sender: the sender.
        payload: the payload.
        isolated: isolate every receiver's exception, whatever the signal's policy.

    Raises:
        TypeError: the payload is not the declared one.
    """  # fmt: skip
    plan = None if isolated else signal.quick_plan(sender, payload)
    if plan is not None:
        return QuickTurns(signal, plan, sender, payload) if plan else None
    sender, payload = signal.check(sender, **payload)
    return signal.dispatch(Turns, sender, payload, isolated=isolated)


class QuickTurns(Walk):
    """A send that nobody watches, to receivers that are simply called."""

    __slots__ = ("_plan", "_receiver", "_results", "_sender", "_turn", "facade_receiver", "payload", "signal")

    facade_receiver: FacadeReceiver
    is_own = True
    is_coroutine = False

    def __init__(self, signal: Signal[...], plan: Plan, sender: object, payload: dict[str, Any]) -> None:
        self.signal = signal
        self.payload = payload
        self._plan, self._sender = plan, sender
        self._results: Results = []

    def turns(self, style: str, *, every: bool = False) -> Iterator[Receiver]:  # noqa: ARG002 - none is to be awaited
        """Iterate over the receivers that the façade is to call; call the others when it is their turn."""
        for deref, function in self._plan:
            target = deref()
            if target is None:
                continue
            if function is not None:
                target = MethodType(function, target)
            facade_receiver = facade_receiver_of(target)
            if facade_receiver is None or facade_receiver.style != style:
                self._call(target)
                continue
            receiver = facade_receiver.reference()
            if receiver is not None:
                self._turn, self._receiver, self.facade_receiver = target, receiver, facade_receiver
                yield receiver

    def returned(self, value: object) -> None:
        """Note what the receiver whose turn it is returned."""
        self._results.append((self._receiver, value))

    def lets_out(self, error: BaseException) -> bool:
        """Note what it raised; tell whether that leaves the send."""
        results: Results = []
        leaves = leaves_plan(self._plan, self._turn, error, results)
        self._results += originals(results)
        return leaves

    def originals(self) -> Results:
        """Return the results as the other library would."""
        return self._results

    def _call(self, target: Receiver) -> None:
        self._turn = target
        try:
            self._results += originals([(target, target(self._sender, **self.payload))])
        except BaseException as error:
            if self.lets_out(error):
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Be over: nobody watches."""


class Turns(Dispatch):
    """A send that somebody watches, or that is not plain."""

    __slots__ = ("_clock", "_outcomes", "_recorded", "_turn", "_watch", "facade_receiver", "is_coroutine", "is_own")

    facade_receiver: FacadeReceiver | None
    """What the receiver whose turn it is is to its façade; None if it is of another style."""
    is_own: bool
    """Whether the receiver whose turn it is was connected by a façade of this style."""
    is_coroutine: bool
    """Whether what it returns may have to be awaited."""

    @property
    def payload(self) -> dict[str, Any]:
        """What receivers are called with, defaults filled in."""
        return self._payload

    def turns(self, style: str, *, every: bool = False) -> Iterator[Receiver]:
        """Iterate over the receivers that the façade is to call: its own plain ones.

        The others are called here when it is their turn.

        Args:
            style: how its receivers are called: the first part of the key that they were connected under.
            every: whether the façade calls all of them; those of another style, with any arguments.
        """
        self._outcomes: list[Outcome] = []
        in_loop = not every and self.in_loop()
        for subscription, function in self.living():
            facade_receiver = facade_receiver_of(function)
            own = facade_receiver if facade_receiver and facade_receiver.style == style else None
            self.facade_receiver, self.is_own, self.is_coroutine = own, own is not None, subscription.is_coroutine
            if not every and (own is None or self.is_coroutine):
                self._outcomes.append(self.call(subscription, function, in_loop=in_loop))
                continue
            receiver = own.reference() if own else partial(self._begin, subscription, function)
            if receiver is not None:
                self._turn, self._watch, self._clock = (subscription, function), self.guard(), perf_counter()
                yield receiver

    def returned(self, value: object) -> None:
        """Note what the receiver whose turn it is returned."""
        subscription, function = self._turn
        if self._watch:
            self._watch.compare(subscription, function)
        self._outcomes.append(self.succeeded(subscription, function, self._clock, value))

    def lets_out(self, error: BaseException) -> bool:
        """Note what it raised; tell whether that leaves the send."""
        outcome = self.failed(*self._turn, self._clock, error)
        if outcome is not None:
            self._outcomes.append(outcome)
        return outcome is None

    def originals(self) -> Results:
        """Return the results as the other library would."""
        return originals(self.results(self._outcomes))

    def __enter__(self) -> Self:
        self._recorded = ExitStack()
        self._recorded.enter_context(self.recorded())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._recorded.__exit__(kind, error, traceback)

    def _begin(self, subscription: Subscription, function: Receiver, *_: object, **__: object) -> Any:
        return self.begin(subscription, function)
