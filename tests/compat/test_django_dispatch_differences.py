"""Where the façade differs from Django, on purpose: each test says what both do."""

import asyncio
import logging
import subprocess
import sys
from contextlib import nullcontext
from typing import Any

import pytest
from django import dispatch as theirs

from portico.compat import django_dispatch as ours
from portico.errors import AsyncReceiverError, LostReceiverWarning

BOTH = ["django", "portico"]


class Model:
    """A sender."""

    def method(self) -> None:
        """Be bound."""


def hello(sender: Any, **kwargs: Any) -> str:
    return "hello"


@pytest.mark.parametrize(("library", "called"), [(theirs, 0), (ours, 1)], ids=BOTH)
@pytest.mark.parametrize("senders", [(str(b"order", "ascii"), str(b"order", "ascii")), (1, 1.0)], ids=["str", "int"])
def test_strings_and_numbers_are_senders_by_value(library: Any, called: int, senders: tuple[Any, Any]) -> None:
    signal = library.Signal()
    signal.connect(hello, sender=senders[0])

    assert len(signal.send(senders[1])) == called


@pytest.mark.parametrize(("library", "together"), [(theirs, True), (ours, False)], ids=BOTH)
def test_a_send_runs_coroutine_receivers_in_the_order_of_connecting(library: Any, together: bool) -> None:
    signal, heard = library.Signal(), []

    async def first(**kwargs: Any) -> None:
        heard.append("first begins")
        await asyncio.sleep(0)
        heard.append("first ends")

    async def second(**kwargs: Any) -> None:
        heard.append("second")

    signal.connect(first)
    signal.connect(second)
    signal.send(Model)

    one_by_one = ["first begins", "first ends", "second"]
    assert heard == (["first begins", "second", "first ends"] if together else one_by_one)


@pytest.mark.parametrize(("library", "over"), [(theirs, False), (ours, True)], ids=BOTH)
def test_a_failed_asend_leaves_nothing_running(library: Any, over: bool) -> None:
    signal = library.Signal()

    async def broken(**kwargs: Any) -> None:
        raise LookupError

    async def waiting(**kwargs: Any) -> None:
        await asyncio.Event().wait()

    signal.connect(broken)
    signal.connect(waiting)

    async def main() -> bool:
        with pytest.raises(LookupError):
            await signal.asend(Model)
        return asyncio.all_tasks() == {asyncio.current_task()}

    assert asyncio.run(main()) is over


@pytest.mark.parametrize(("library", "called"), [(theirs, ["plain"]), (ours, [])], ids=BOTH)
def test_inside_a_running_loop_a_send_is_refused_before_anybody_is_called(library: Any, called: list[str]) -> None:
    signal, heard = library.Signal(), []

    def plain(**kwargs: Any) -> None:
        heard.append("plain")

    async def coroutine(**kwargs: Any) -> None: ...

    async def main() -> None:
        with pytest.raises(RuntimeError) as refusal:
            signal.send(Model)
        assert isinstance(refusal.value, AsyncReceiverError) is (library is ours)

    signal.connect(plain)
    signal.connect(coroutine)
    asyncio.run(main())

    assert heard == called


@pytest.mark.parametrize(("library", "logger"), [(theirs, "django.dispatch"), (ours, "portico.signals")], ids=BOTH)
def test_a_robust_send_logs_under_its_own_name(library: Any, logger: str, caplog: pytest.LogCaptureFixture) -> None:
    signal = library.Signal()

    def broken(**kwargs: Any) -> None:
        raise LookupError

    signal.connect(broken)
    with caplog.at_level(logging.ERROR):
        signal.send_robust(Model)

    assert [record.name for record in caplog.records] == [logger]


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("library", [theirs, ours], ids=BOTH)
def test_a_circle_of_signals_leaves_a_robust_send_of_portico_only(library: Any, asynchronous: bool) -> None:
    signal = library.Signal()

    def circle(**kwargs: Any) -> None:
        raise RecursionError

    def send() -> Any:
        return asyncio.run(signal.asend_robust(Model)) if asynchronous else signal.send_robust(Model)

    signal.connect(circle)

    if library is ours:
        with pytest.raises(RecursionError):
            send()
    else:
        assert isinstance(send()[0][1], RecursionError)


@pytest.mark.parametrize("library", [theirs, ours], ids=BOTH)
def test_what_is_not_callable_is_refused_by_portico_always(library: Any) -> None:
    signal: Any = library.Signal()

    if library is ours:
        with pytest.raises(TypeError, match="callable"):
            signal.connect(object(), weak=False)
    else:
        signal.connect(object(), weak=False)
        with pytest.raises(TypeError):
            signal.send(Model)


WITHOUT_DJANGO = """
import asyncio, sys, threading
from portico.compat.django_dispatch import Signal

signal = Signal()
try:
    signal.connect(lambda sender: None)
except ValueError as error:
    print(error)


def plain(**kwargs):
    return threading.current_thread() is threading.main_thread()


signal.connect(plain)
print(asyncio.run(signal.asend(None))[0][1], signal.send(None)[0][1])
assert not {"django", "asgiref"} & {name.partition(".")[0] for name in sys.modules}
"""


def test_without_django_it_works_and_refuses_receivers_without_keywords() -> None:
    finished = subprocess.run([sys.executable, "-c", WITHOUT_DJANGO], capture_output=True, text=True, check=True)

    refusal, in_main_thread = finished.stdout.splitlines()
    assert "add **kwargs" in refusal
    assert in_main_thread == "False True"


@pytest.mark.parametrize("library", [theirs, ours], ids=BOTH)
def test_a_caching_signal_of_portico_takes_any_sender(library: Any) -> None:
    signal = library.Signal(use_caching=True)
    signal.connect(hello)

    if library is ours:
        assert signal.send("order") == [(hello, "hello")]
    else:
        with pytest.raises(TypeError, match="weak reference"):
            signal.send("order")


@pytest.mark.parametrize(("library", "called"), [(theirs, 1), (ours, 0)], ids=BOTH)
def test_a_bound_method_is_no_lasting_sender(library: Any, called: int) -> None:
    signal, model = library.Signal(), Model()
    with pytest.warns(LostReceiverWarning) if library is ours else nullcontext():
        signal.connect(hello, sender=model.method)

    assert len(signal.send(model.method)) == called


def test_receivers_are_those_that_were_connected() -> None:
    signal = ours.Signal()
    signal.connect(hello)

    assert signal.receivers == [hello]
