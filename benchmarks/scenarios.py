"""Lists the cases of each table, and the contenders that are compared in it."""

from __future__ import annotations

import asyncio
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.contenders import EVERYONE, BareLoop, Blinker, Contender, Isolating, Tapped
from benchmarks.measure import Effort, allocated, import_times, interleave, timed, timed_async
from benchmarks.receivers import Sender
from benchmarks.results import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.measure import Timer

    Advance = Callable[[str], None]
    Kinds = Sequence[type[Contender]]
    Table = Callable[[Kinds, Effort, Advance], Iterator[Reading]]

FEW: Final = 10
MANY: Final = 10_000


class Key(NamedTuple):
    """Who is measured, and in which case."""

    case: str
    contender: str


class _Populated(NamedTuple):
    """A contender with receivers, and all that has to stay alive for it."""

    contender: Contender
    sender: object
    keep: list[object]


def send(kinds: Kinds, effort: Effort, advance: Advance) -> Iterator[Reading]:
    """One send; compared with the bare loop."""
    cases: dict[str, Callable[[type[Contender]], _Populated]] = {
        "0": partial(_populated, count=0),
        "1": partial(_populated, count=1),
        "10": partial(_populated, count=10),
        "100": partial(_populated, count=100),
        "1, own sender": partial(_populated, count=1, senders=[Sender()]),
        "1, own string": partial(_populated, count=1, senders=["eu"]),
        "10 bound methods": partial(_populated, count=10, methods=True),
    }
    for case, populate in cases.items():
        own = "own" in case
        populated = {Key(case, kind.name): populate(kind) for kind in kinds if kind.knows_senders or not own}
        timers = {key: timed(each.contender.sending(each.sender)) for key, each in populated.items()}
        yield from _compared("send", timers, lambda key: Key(key.case, BareLoop.name), effort, advance)


def senders(kinds: Kinds, effort: Effort, advance: Advance) -> Iterator[Reading]:
    """One send, one receiver hears it; compared with the same among few senders."""
    populated = {
        Key(f"{count:,}", kind.name): _populated(kind, count=count, senders=[Sender() for _ in range(count)])
        for count in (FEW, MANY)
        for kind in kinds
        if kind.knows_senders and kind not in (BareLoop, Isolating, Tapped)
    }
    timers = {key: timed(each.contender.sending(each.sender)) for key, each in populated.items()}
    yield from _compared("senders", timers, lambda key: Key(f"{FEW:,}", key.contender), effort, advance)


def receivers(kinds: Kinds, effort: Effort, advance: Advance) -> Iterator[Reading]:
    """One send to ever more receivers; compared with the bare loop."""
    for count in (1, 10, 100, 1_000, MANY):
        populated = {
            Key(f"{count:,}", kind.name): _populated(kind, count=count)
            for kind in kinds
            if kind not in (Isolating, Tapped) and (kind.crowds or count < MANY)
        }
        timers = {key: timed(each.contender.sending(each.sender)) for key, each in populated.items()}
        yield from _compared("receivers", timers, lambda key: Key(key.case, BareLoop.name), effort, advance)


def connect(kinds: Kinds, effort: Effort, advance: Advance) -> Iterator[Reading]:
    """Connect and cancel one more receiver; compared with the same where few are connected."""
    for among in ("receivers", "senders"):
        populated = {
            Key(f"among {count:,} {among}", kind.name): _populated(
                kind, count=count, senders=[Sender() for _ in range(count)] if among == "senders" else None
            )
            for count in (FEW, MANY)
            for kind in kinds
            if kind not in (BareLoop, Isolating, Tapped)
            and (kind.knows_senders if among == "senders" else kind.crowds or count < MANY)
        }
        timers = {}
        for key, each in populated.items():
            one_more = each.contender.makers.function()
            each.keep.append(one_more)
            sender = Sender() if among == "senders" else EVERYONE
            timers[key] = timed(each.contender.connecting(one_more, sender))
        yield from _compared("connect", timers, partial(_among_few, among), effort, advance)


def _among_few(what: str, key: Key) -> Key:
    return Key(f"among {FEW:,} {what}", key.contender)


def coroutines(kinds: Kinds, effort: Effort, advance: Advance) -> Iterator[Reading]:
    """One send to coroutine receivers in sequence; compared with awaiting them by hand."""
    case = "10 coroutines"
    with asyncio.Runner() as runner:
        populated = {
            Key(case, kind.name): _populated(kind, count=10, coroutines=True)
            for kind in kinds
            if kind.awaits and kind not in (Isolating, Tapped)
        }
        timers = {
            key: timed_async(each.contender.sending_async(each.sender), runner) for key, each in populated.items()
        }
        yield from _compared("async", timers, lambda key: Key(key.case, BareLoop.name), effort, advance)


def memory(kinds: Kinds, effort: Effort, advance: Advance) -> Iterator[Reading]:
    """The bytes of one connected receiver, after a first send."""
    count = MANY // 10
    for case in ("functions", "bound methods", "own senders"):
        for kind in kinds:
            if kind in (Isolating, Tapped) or (case == "own senders" and not kind.knows_senders):
                continue
            advance(kind.name)
            size = _size(kind, count, methods=case == "bound methods", own=case == "own senders")
            yield Reading("memory", case, kind.name, "bytes", [size / count], [])


def imports(kinds: Kinds, effort: Effort, advance: Advance) -> Iterator[Reading]:
    """Importing the library; compared with blinker."""
    modules = {kind.module: kind.name for kind in kinds if kind is not BareLoop}
    figures = import_times(list(modules), effort.rounds, advance)
    reference = figures.get(Blinker.module)
    for module, times in figures.items():
        ratios = [median(_quotients(times, reference))] if reference else []
        yield Reading("import", module, module.partition(".")[0], "s", [median(times)], ratios)


TABLES: Final[Mapping[str, Table]] = {
    "send": send,
    "senders": senders,
    "receivers": receivers,
    "connect": connect,
    "async": coroutines,
    "memory": memory,
    "import": imports,
}


def _populated(
    kind: type[Contender],
    *,
    count: int,
    senders: Sequence[object] | None = None,
    methods: bool = False,
    coroutines: bool = False,
) -> _Populated:
    """Return a contender with so many receivers; with `senders`, each has one that hears nobody else."""
    contender, makers = kind(), kind.makers
    make = makers.method if methods else makers.coroutine if coroutines else makers.function
    made = [make() for _ in range(count)]
    for number, receiver in enumerate(made):
        contender.connect(receiver, senders[number] if senders else EVERYONE)
    sender = senders[count // 2] if senders else Sender()
    return _Populated(contender, sender, [made, senders])


def _size(kind: type[Contender], count: int, *, methods: bool, own: bool) -> int:
    """Return the bytes that connecting so many receivers takes, without the receivers themselves."""
    contender, sender = kind(), Sender()
    make = kind.makers.method if methods else kind.makers.function
    send = contender.sending(sender)
    contender.connect(first := make())
    send(1)  # What is made once a signal, or once a shape of payload, is no receiver's.
    made = [(make(), Sender() if own else EVERYONE) for _ in range(count)]

    def connect_all() -> None:
        for receiver, sender in made:
            contender.connect(receiver, sender)
        send(1)

    size = allocated(connect_all)
    contender.disconnect(first)
    return size


def _compared(
    table: str, timers: Mapping[Key, Timer], reference: Callable[[Key], Key], effort: Effort, advance: Advance
) -> Iterator[Reading]:
    figures = interleave(timers, effort, lambda key: advance(f"{key.case}: {key.contender}"))
    for key, times in figures.items():
        ratio = median(_quotients(times, figures[reference(key)]))
        yield Reading(table, key.case, key.contender, "s", [median(times)], [ratio])


def _quotients(times: Sequence[float], reference: Sequence[float]) -> list[float]:
    return [time / other for time, other in zip(times, reference, strict=True)]
