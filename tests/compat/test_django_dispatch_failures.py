"""What receivers raise and what they have to take, on Django and on the façade."""

import logging
from typing import Any

import pytest


class Model:
    """A sender."""


def hello(sender: Any, **kwargs: Any) -> str:
    return "hello"


def broken(sender: Any, **kwargs: Any) -> None:
    raise LookupError("broken")


def picky(sender: Any) -> str:
    return "picky"


def returned(results: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in results]


def test_an_exception_leaves_a_send_and_ends_it(dispatch: Any) -> None:
    signal, heard = dispatch.Signal(), []

    def late(**kwargs: Any) -> None:
        heard.append("late")

    signal.connect(broken)
    signal.connect(late)

    with pytest.raises(LookupError, match="broken"):
        signal.send(Model)

    assert heard == []


def test_an_exception_is_the_response_in_a_robust_send(dispatch: Any, caplog: pytest.LogCaptureFixture) -> None:
    signal = dispatch.Signal()
    signal.connect(broken)
    signal.connect(hello)

    with caplog.at_level(logging.ERROR):
        [(receiver, error), (_, value)] = signal.send_robust(Model, size=3)

    assert receiver is broken
    assert isinstance(error, LookupError)
    assert error.__traceback__ is not None
    assert value == "hello"
    [record] = caplog.records
    assert "broken" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is error


@pytest.mark.parametrize("stop", [KeyboardInterrupt, GeneratorExit])
def test_a_robust_send_isolates_exceptions_only(dispatch: Any, stop: type[BaseException]) -> None:
    signal = dispatch.Signal()

    def stopping(**kwargs: Any) -> None:
        raise stop

    signal.connect(stopping)

    with pytest.raises(stop):
        signal.send_robust(Model)


def test_a_receiver_that_does_not_take_what_is_sent_fails(dispatch: Any) -> None:
    from django.conf import settings

    assert not settings.configured  # Only then is it connected without a check.
    signal = dispatch.Signal()
    signal.connect(picky)

    with pytest.raises(TypeError):
        signal.send(Model)


def test_an_argument_cannot_take_the_name_of_the_signal(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello)

    with pytest.raises(TypeError):
        signal.send(Model, signal="mine")


@pytest.mark.usefixtures("debug")
def test_with_debug_a_receiver_without_keywords_is_refused(dispatch: Any) -> None:
    signal = dispatch.Signal()

    with pytest.raises(ValueError, match="keyword arguments"):
        signal.connect(picky)

    assert not signal.has_listeners()


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize("weak", [True, False])
def test_with_debug_what_is_not_callable_is_refused(dispatch: Any, weak: bool) -> None:
    with pytest.raises(TypeError, match="callable"):
        dispatch.Signal().connect(object(), weak=weak)


@pytest.mark.usefixtures("debug")
def test_with_debug_methods_and_callables_with_keywords_are_accepted(dispatch: Any) -> None:
    class Thing:
        def hear(self, sender: Any, **kwargs: Any) -> str:
            return "method"

        def __call__(self, sender: Any, **kwargs: Any) -> str:
            return "call"

    signal, thing = dispatch.Signal(), Thing()
    signal.connect(thing.hear)
    signal.connect(thing)

    assert returned(signal.send(Model)) == ["method", "call"]
