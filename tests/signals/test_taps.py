import asyncio
import gc
import inspect
from types import CodeType
from weakref import ref

import pytest

from portico.signals import Namespace, Ownership, SendReport, Signal, tap
from tests.signals.witness import Witness, echo, returned, untyped

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")


def code_of_the_caller(_: object, **__: object) -> CodeType:
    """Be a receiver that returns the code of what called it."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_code


def test_a_tap_sees_who_received_what_and_what_came_of_it(order_placed: Signal[...]) -> None:
    reports: list[SendReport] = []
    with Ownership("audit"):
        audit = order_placed.connect(Witness("audited"))
    other = order_placed.connect(Witness())

    order_placed.tap(reports.append)
    order_placed.send("eu", order_id="o-1")

    (report,) = reports
    assert (report.signal, report.sender, report.payload) == (order_placed, "eu", {"order_id": "o-1", "total": 0})
    assert (report.parent, report.error) == (None, None)
    assert [(one.receiver, one.owner, one.value, one.error) for one in report.receptions] == [
        (audit, "audit", "audited", None),
        (other, None, None, None),
    ]
    durations = [one.duration_seconds for one in report.receptions]
    assert all(duration >= 0 for duration in durations)
    assert report.duration_seconds >= sum(durations)
    assert report.started_at > 1_700_000_000


def test_a_tap_sees_sends_that_nobody_hears(signal: Signal[...]) -> None:
    reports: list[SendReport] = []
    signal.tap(reports.append)
    signal.connect(echo("a"))

    with signal.muted():
        signal.send("eu")
    signal.connect(echo("b"), sender="us")
    signal.disconnect(signal.receivers[0])
    signal.send("eu")

    assert [report.receptions for report in reports] == [(), ()]


def test_a_tap_sees_the_exception_that_leaves_a_send(signal: Signal[...]) -> None:
    error = KeyError("no")

    def fail(_: object) -> None:
        raise error

    reports: list[SendReport] = []
    signal.connect(fail)
    signal.connect(echo("after"))
    signal.tap(reports.append)

    with pytest.raises(KeyError):
        signal.send()
    signal.send_isolated()

    raised, isolated = reports
    assert raised.error is error
    assert [(one.receiver, one.value, one.error) for one in raised.receptions] == [(fail, None, error)]
    assert isolated.error is None
    assert [(one.value, one.error) for one in isolated.receptions] == [(None, error), ("after", None)]


def test_a_tap_sees_a_send_that_is_refused_within_a_running_loop(signal: Signal[...]) -> None:
    async def receiver(_: object) -> None: ...

    reports: list[SendReport] = []
    signal.connect(receiver)
    signal.tap(reports.append)

    async def main() -> None:
        signal.send()

    with pytest.raises(RuntimeError) as caught:
        asyncio.run(main())
    assert [(report.receptions, report.error) for report in reports] == [((), caught.value)]


def test_a_send_within_a_receiver_knows_its_parent(signal: Signal[...], order_placed: Signal[...]) -> None:
    reports: list[SendReport] = []
    signal.connect(untyped(lambda sender: order_placed.send(sender, order_id="o-1")))
    for one in (signal, order_placed):
        one.tap(reports.append)

    signal.send("eu")
    order_placed.send("us", order_id="o-2")

    inner, outer, alone = reports
    assert inner.parent == outer.number < inner.number < alone.number
    assert (outer.parent, alone.parent) == (None, None)


def test_a_send_between_two_observed_ones_does_not_break_the_line(namespace: Namespace) -> None:
    reports: list[SendReport] = []
    outer, between, inner = (namespace.signal(name) for name in ("outer", "between", "inner"))
    outer.connect(between.send)
    between.connect(inner.send)
    outer.tap(reports.append)
    inner.tap(reports.append)

    outer.send()

    assert [report.parent for report in reports] == [reports[1].number, None]


@pytest.mark.parametrize("how", ["send", "in sequence", "side by side"])
def test_a_send_within_a_coroutine_receiver_knows_its_parent(signal: Signal[...], how: str) -> None:
    inner: Signal[...] = Signal("inner")

    async def receiver(_: object) -> None:
        await asyncio.sleep(0)
        inner.send()

    reports: list[SendReport] = []
    signal.connect(receiver)
    signal.tap(reports.append)
    inner.tap(reports.append)

    if how == "send":
        signal.send()
    else:
        asyncio.run(signal.send_async(concurrent=how == "side by side"))

    assert [(report.signal, report.parent) for report in reports] == [(inner, reports[1].number), (signal, None)]


def test_receptions_of_coroutines_side_by_side_stand_in_the_order_of_calling(signal: Signal[...]) -> None:
    async def slow(_: object) -> str:
        for _i in range(5):
            await asyncio.sleep(0)
        return "slow"

    async def quick(_: object) -> str:
        return "quick"

    reports: list[SendReport] = []
    signal.connect(slow)
    signal.connect(quick)
    signal.tap(reports.append)

    asyncio.run(signal.send_async(concurrent=True))

    assert [one.value for one in reports[0].receptions] == ["slow", "quick"]


def test_a_tap_that_fails_breaks_nothing(signal: Signal[...], caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: SendReport) -> None:
        raise KeyError

    reports: list[SendReport] = []
    signal.tap(fail)
    signal.tap(reports.append)
    signal.connect(echo("a"))

    assert returned(signal) == ["a"]
    assert len(reports) == 1
    assert f"a tap failed on {signal.label}" in caplog.text


@pytest.mark.usefixtures("uncollected")
def test_taps_that_send_what_they_tap_do_not_double_the_work_at_every_level(signal: Signal[...]) -> None:
    signal.tap(lambda _: signal.send())
    signal.tap(lambda _: signal.send())

    with pytest.raises(RecursionError):
        signal.send()


# -- attaching and detaching ----------------------------------------------------------------------------------------


def test_a_detached_tap_sees_nothing_and_leaves_the_others_attached(signal: Signal[...]) -> None:
    reports: list[SendReport] = []
    detach, detach_other = signal.tap(reports.append), signal.tap(reports.append)
    signal.send()
    seen_by_both = len(reports)

    detach()
    detach()
    signal.send()
    detach_other()
    signal.send()

    assert (seen_by_both, len(reports)) == (2, 3)


@pytest.mark.parametrize("declared", [False, True])
def test_detaching_the_last_tap_brings_the_hot_path_back(
    signal: Signal[...], order_placed: Signal[...], *, declared: bool
) -> None:
    tapped, payload = (order_placed, {"order_id": "o-1"}) if declared else (signal, {"a": 1})
    tapped.connect(code_of_the_caller)
    before = returned(tapped, **payload)
    detach = tapped.tap(lambda _: None)
    during = returned(tapped, **payload)

    detach()

    assert returned(tapped, **payload) == before
    assert during != before


@pytest.mark.parametrize("declared", [False, True])
def test_a_send_captured_before_is_seen(signal: Signal[...], order_placed: Signal[...], *, declared: bool) -> None:
    tapped, payload = (order_placed, {"order_id": "o-1", "total": 1}) if declared else (signal, {"a": 1})
    reports: list[SendReport] = []
    tapped.connect(echo("a"))
    send = tapped.send
    send("eu", **payload)

    detach = tapped.tap(reports.append)
    send("eu", **payload)
    detach()
    send("eu", **payload)

    assert [(report.sender, report.payload) for report in reports] == [("eu", payload)]


def test_a_tap_attached_within_a_send_sees_the_next_one(signal: Signal[...]) -> None:
    reports: list[SendReport] = []
    signal.connect(untyped(lambda _: signal.tap(reports.append)))

    signal.send()
    seen_at_once = len(reports)
    signal.send()

    assert (seen_at_once, len(reports)) == (0, 1)


def test_a_tap_on_a_namespace_sees_its_signals_and_those_to_come(namespace: Namespace, signal: Signal[...]) -> None:
    reports: list[SendReport] = []
    other: Signal[...] = Signal("elsewhere")

    detach = namespace.tap(reports.append)
    later = namespace.signal("later")
    for one in (signal, later, other):
        one.send()
    detach()
    signal.send()

    assert [report.signal for report in reports] == [signal, later]


def test_a_tap_on_everything_sees_every_signal_there_is_and_will_be(signal: Signal[...]) -> None:
    reports: list[SendReport] = []

    detach = tap(reports.append)
    alone: Signal[...] = Signal("alone")
    signal.send()
    alone.send()
    detach()
    signal.send()

    assert [report.signal for report in reports] == [signal, alone]


def test_a_tap_on_a_signal_its_namespace_and_everything_sees_a_send_three_times(
    namespace: Namespace, signal: Signal[...]
) -> None:
    reports: list[SendReport] = []
    detach = [point(reports.append) for point in (signal.tap, namespace.tap, tap)]

    signal.send()
    for undo in detach:
        undo()
    signal.send()

    assert len(reports) == 3
    assert len({report.number for report in reports}) == 1


def test_a_tap_on_everything_does_not_keep_signals_alive() -> None:
    detach = tap(lambda _: None)
    signal: Signal[...] = Signal("alone")
    signal.send()
    alive = ref(signal)

    del signal
    gc.collect()
    detach()

    assert alive() is None


def test_the_payload_in_a_report_is_the_very_one_that_receivers_got(signal: Signal[...]) -> None:
    witness, value = Witness(), object()
    reports: list[SendReport] = []
    signal.connect(witness)
    signal.tap(reports.append)

    signal.send(a=value)

    assert reports[0].payload["a"] is value is witness.heard[0][1]["a"]
