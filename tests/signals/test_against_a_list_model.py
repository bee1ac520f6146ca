"""The engine against a plain list: whatever is done to it in whatever order, a send calls whom the list says."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from portico.signals import ANY, Namespace, Ownership, Signal, Subscription
from tests.signals.witness import Sender

_numbers = count()

RANKS = {None: 0, "audit": 1, "mail": -1}
VALUES: list[object] = [None, 0, 1, True, False, "eu", "us", 1.5, ()]
# A sender is one of the values, or an object by its slot.
SENDERS = st.integers(0, len(VALUES) - 1) | st.sampled_from(["x", "y", "z"])
SLOTS = st.sampled_from(["function", "f", "method", "m"])


@dataclass
class Row:
    """One subscription, as the model sees it. It holds neither receiver nor sender."""

    receiver: int
    sender: object
    place: tuple[int, int, int]
    owner: str | None
    weak: bool
    subscription: Subscription
    on: bool = True
    """Not suspended."""
    orphaned: bool = False
    """Its sender died while it was suspended."""
    gone: bool = False

    @property
    def connected(self) -> bool:
        return self.on and not self.orphaned and not self.gone


class Plugin:
    """An object whose bound method is a receiver."""

    def __init__(self, number: int) -> None:
        self.number = number

    def hear(self, _: object, **__: Any) -> int:
        return self.number


def function(number: int) -> Callable[..., int]:
    """Return a receiver that returns its number."""

    def receiver(_: object, **__: Any) -> int:
        return number

    return receiver


class AgainstAList(RuleBasedStateMachine):
    rows = Bundle("rows")

    @initialize(declared=st.booleans(), is_open=st.booleans())
    def begin(self, declared: bool, is_open: bool) -> None:
        self.namespace = Namespace(f"model_{next(_numbers)}")
        self.signal: Signal[...] = self.namespace.signal("happened")
        self.captured = self.signal.send
        self.is_open = is_open
        self.is_declared = False
        self.model: list[Row] = []
        self.mutes: list[Any] = []
        self.taps: list[Callable[[], None]] = []
        self.owners = {name: Ownership(name, rank=rank) for name, rank in RANKS.items() if name}
        self.alive: dict[str, tuple[int, Any]] = {}
        for slot in ("function", "f", "method", "m", "x", "y", "z"):
            self.fill(slot)
        if declared:
            self.declare()

    def teardown(self) -> None:
        for muted in self.mutes:
            muted.__exit__(None, None, None)

    # -- what the model says ----------------------------------------------------------------------------------------

    def fill(self, slot: str) -> None:
        """Put a new receiver or sender in the place of one that may die."""
        number = next(_numbers)
        make = {"function": function, "f": function, "method": Plugin, "m": Plugin}
        self.alive[slot] = number, make[slot](number) if slot in make else Sender()

    def receiver(self, slot: str) -> Callable[..., int]:
        found: Any = self.alive[slot][1]
        receiver: Callable[..., int] = found.hear if isinstance(found, Plugin) else found
        return receiver

    def sender(self, drawn: int | str | None) -> tuple[object, object]:
        """Return a sender, and what the model knows it by."""
        if drawn is None:
            return ANY, ANY
        if isinstance(drawn, int):
            return VALUES[drawn], ("value", drawn)
        number, found = self.alive[drawn]
        return found, ("object", number)

    def settle(self) -> None:
        """Let weak subscriptions go whose receiver nobody holds any more."""
        held = {number for number, _ in self.alive.values()}
        held |= {row.receiver for row in self.model if not row.weak and not row.gone}
        for row in self.model:
            row.gone = row.gone or row.receiver not in held
        self.model = [row for row in self.model if not row.gone]

    def expected(self, key: object) -> list[int]:
        matching = [row for row in self.model if row.connected and row.sender in (ANY, key)]
        return list(dict.fromkeys(row.receiver for row in sorted(matching, key=lambda row: row.place)))

    # -- connecting and disconnecting -------------------------------------------------------------------------------

    @rule(
        target=rows,
        slot=SLOTS,
        sender=SENDERS | st.none(),
        order=st.integers(-1, 1),
        owner=st.sampled_from([None, None, "audit", "mail"]),
        weak=st.sampled_from([None, None, True, False]),
    )
    def connect(self, slot: str, sender: int | str | None, order: int, owner: str | None, weak: bool | None) -> Row:
        real, key = self.sender(sender)
        receiver = self.receiver(slot)
        if owner:
            with self.owners[owner]:
                subscription = self.signal.subscribe(receiver, real, weak, order)
        else:
            subscription = self.signal.subscribe(receiver, real, weak, order)
        is_weak = not owner and (slot in ("method", "m") if weak is None else weak)
        place = (order, RANKS[owner], next(_numbers))
        row = Row(self.alive[slot][0], key, place, owner, is_weak, subscription)
        self.model.append(row)
        return row

    @rule(row=rows, verb=st.sampled_from(["suspend", "resume", "cancel"]))
    def switch(self, row: Row, verb: str) -> None:
        getattr(row.subscription, verb)()
        row.on = verb == "resume"
        row.gone = row.gone or verb == "cancel"
        self.settle()

    @rule(slot=SLOTS, sender=SENDERS | st.none())
    def disconnect(self, slot: str, sender: int | str | None) -> None:
        real, key = self.sender(sender)
        number = self.alive[slot][0]
        affected = [row for row in self.model if row.connected and row.receiver == number and key in (ANY, row.sender)]

        assert self.signal.disconnect(self.receiver(slot), real) is bool(affected)

        for row in affected:
            row.gone = True
        self.settle()

    @rule(owner=st.sampled_from(["audit", "mail"]), verb=st.sampled_from(["suspend", "resume", "cancel"]))
    def switch_an_owner(self, owner: str, verb: str) -> None:
        getattr(self.owners[owner], verb)()
        for row in self.model:
            if row.owner == owner:
                row.on = verb == "resume"
                row.gone = verb == "cancel"
        self.settle()

    # -- dying ------------------------------------------------------------------------------------------------------

    @rule(slot=SLOTS)
    def let_go_of_a_receiver(self, slot: str) -> None:
        self.fill(slot)
        self.settle()

    @rule(slot=st.sampled_from(["x", "y", "z"]))
    def let_go_of_a_sender(self, slot: str) -> None:
        _, key = self.sender(slot)
        self.fill(slot)
        for row in self.model:
            if row.sender == key:
                row.gone, row.orphaned = row.on, True
        self.settle()

    # -- switches ---------------------------------------------------------------------------------------------------

    @rule(on=st.booleans())
    def mute(self, on: bool) -> None:
        if on:
            self.mutes.append(self.signal.muted())
            self.mutes[-1].__enter__()
        elif self.mutes:
            self.mutes.pop().__exit__(None, None, None)

    @rule(on=st.booleans(), index=st.integers(0, 9))
    def tap(self, on: bool, index: int) -> None:
        if on:
            self.taps.append(self.signal.tap(lambda _: None))
        elif self.taps:
            self.taps.pop(index % len(self.taps))()

    @precondition(lambda self: not self.is_declared)
    @rule()
    def declare(self) -> None:
        @self.namespace.signal(open=self.is_open)
        def happened(sender: object, /, *, number: int = 0) -> None: ...

        self.is_declared = True

    # -- sending ----------------------------------------------------------------------------------------------------

    @rule(sender=SENDERS, how=st.sampled_from(["send", "captured", "isolated", "listed"]), number=st.integers(0, 1))
    def send(self, sender: int | str, how: str, number: int) -> None:
        real, key = self.sender(sender)
        expected = [] if self.mutes else self.expected(key)

        if how == "listed":
            listed = [receiver(real) for receiver in self.signal.receivers_for(real)]
            assert listed == expected
            assert self.signal.has_receivers_for(real) is bool(expected)
            return
        verb = {"send": self.signal.send, "captured": self.captured, "isolated": self.signal.send_isolated}[how]
        payload = {"number": number} if number else {}
        assert [value for _, value in verb(real, **payload)] == expected

    @invariant()
    def connected_receivers_are_listed_in_the_order_of_connecting(self) -> None:
        connected = sorted((row for row in self.model if row.connected), key=lambda row: row.place[2])
        numbers = list(dict.fromkeys(row.receiver for row in connected))

        assert [receiver(None) for receiver in self.signal.receivers] == numbers
        assert bool(self.signal.receivers) is bool(numbers)
        assert [one._sender_key for one in self.signal.subscriptions] == [
            row.subscription._sender_key for row in connected
        ]

    @invariant()
    def subscriptions_know_whether_they_are_connected(self) -> None:
        assert all(row.subscription.connected is row.connected for row in self.model)


TestAgainstAList = AgainstAList.TestCase
TestAgainstAList.settings = settings(max_examples=300, stateful_step_count=50, deadline=None)
