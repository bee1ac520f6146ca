"""The list of receivers, which well-known packages read, empty and put back; on Django and on its façade."""

import asyncio
import gc
import logging
import threading
from collections.abc import Callable
from typing import Any
from weakref import ReferenceType, WeakMethod

import pytest

from portico.compat import django_dispatch as ours
from portico.signals import Ownership


class Model:
    """A sender."""

    def hear(self, **kwargs: Any) -> str:
        return "model"


def hello(**kwargs: Any) -> str:
    return "hello"


def bye(**kwargs: Any) -> str:
    return "bye"


async def coroutine(**kwargs: Any) -> str:
    return "coroutine"


def sent(signal: Any, send: str) -> Any:
    results = getattr(signal, send)(Model)
    return asyncio.run(results) if send.startswith("a") else results


def heard(signal: Any, sender: Any = None) -> list[str]:
    return [value for _, value in signal.send(sender)]


def test_an_entry_has_lookup_key_receiver_and_whether_it_is_a_coroutine_function(dispatch: Any) -> None:
    signal, model = dispatch.Signal(), Model()
    signal.connect(hello, sender=Model)
    signal.connect(model.hear, dispatch_uid="mine")
    signal.connect(bye, weak=False)
    signal.connect(coroutine, sender=model)

    keys, receivers, coroutines = zip(*signal.receivers, strict=True)

    make_id, nobody = dispatch.dispatcher._make_id, dispatch.dispatcher.NONE_ID
    assert keys[0] == (make_id(hello), make_id(Model))
    assert keys[1] == ("mine", nobody)
    assert keys[2:] == ((make_id(bye), nobody), (make_id(coroutine), make_id(model)))
    assert [isinstance(receiver, ReferenceType) for receiver in receivers] == [True, True, False, True]
    assert isinstance(receivers[1], WeakMethod)
    assert receivers[0]() is hello
    assert receivers[2] is bye
    assert list(coroutines) == [False, False, False, True]


def test_the_list_is_put_aside_and_put_back(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello, sender=Model)
    signal.connect(bye)

    kept, signal.receivers = signal.receivers, []
    assert heard(signal, Model) == []
    assert not signal.has_listeners(Model)
    assert len(kept) == 2
    signal.connect(new := lambda **kwargs: "new")
    signal.receivers = kept + signal.receivers
    with signal.lock:
        signal.sender_receivers_cache.clear()

    assert heard(signal, Model) == ["hello", "bye", "new"]
    assert heard(signal) == ["bye", "new"]
    assert signal.disconnect(new)


CHANGES: list[tuple[Callable[[list[Any]], object], list[str]]] = [
    (lambda receivers: receivers.clear(), []),
    (lambda receivers: receivers.pop(), ["one", "two"]),
    (lambda receivers: receivers.pop(0), ["two", "three"]),
    (lambda receivers: receivers.remove(receivers[1]), ["one", "three"]),
    (lambda receivers: receivers.insert(0, receivers.pop()), ["three", "one", "two"]),
    (lambda receivers: receivers.reverse(), ["three", "two", "one"]),
    (lambda receivers: receivers.sort(key=lambda entry: entry[0][0]), ["three", "two", "one"]),
    (lambda receivers: receivers.__delitem__(slice(1, None)), ["one"]),
    (lambda receivers: receivers.__setitem__(slice(None), receivers[1:]), ["two", "three"]),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_what_is_done_to_the_list_is_done_to_the_signal(
    dispatch: Any, change: Callable[[list[Any]], object], expected: list[str]
) -> None:
    signal = dispatch.Signal()
    for i, name in enumerate(["one", "two", "three"]):
        signal.connect(lambda name=name, **kwargs: name, weak=False, dispatch_uid=3 - i)

    change(signal.receivers)

    assert heard(signal) == expected
    assert len(signal.receivers) == len(expected)


def test_entries_are_added_to_the_list(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello)
    entry = signal.receivers.pop()

    signal.receivers.append(entry)
    signal.receivers += [((1, dispatch.dispatcher.NONE_ID), bye, False)]

    assert heard(signal) == ["hello", "bye"]


def test_the_list_is_the_same_while_somebody_has_it(dispatch: Any) -> None:
    signal = dispatch.Signal()
    receivers = signal.receivers

    signal.connect(hello)
    assert len(receivers) == 1
    signal.disconnect(hello)

    assert receivers == []
    assert signal.receivers is receivers


def test_receivers_are_wrapped_in_their_place(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello, sender=Model)
    signal.connect(bye)

    for i, (key, reference, is_async) in enumerate(signal.receivers):
        wrapped = reference()
        signal.receivers[i] = (key, lambda wrapped=wrapped, **kwargs: f"wrapped {wrapped()}", is_async)

    assert heard(signal, Model) == ["wrapped hello", "wrapped bye"]
    assert heard(signal) == ["wrapped bye"]
    assert signal.disconnect(hello, sender=Model)


def test_a_copy_of_the_list_brings_back_what_was_disconnected(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello, sender=Model)
    kept = list(signal.receivers)
    signal.disconnect(hello, sender=Model)

    signal.receivers = kept

    assert heard(signal, Model) == ["hello"]
    assert heard(signal) == []


def test_the_receivers_of_one_signal_are_given_to_another(dispatch: Any) -> None:
    signal, other = dispatch.Signal(), dispatch.Signal()
    signal.connect(hello, sender=Model)

    other.receivers = list(signal.receivers)

    assert heard(other, Model) == heard(signal, Model) == ["hello"]
    assert heard(other) == []


def test_the_dead_are_in_the_list_no_longer(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(lambda **kwargs: "gone")
    gc.collect()

    with signal.lock:
        signal._clear_dead_receivers()

    assert signal.receivers == []
    assert signal._dead_receivers is False


def test_live_receivers_are_those_that_a_send_calls(dispatch: Any) -> None:
    signal = dispatch.Signal()
    signal.connect(hello)
    signal.connect(coroutine)
    signal.connect(bye, sender=Model)

    assert signal._live_receivers("somebody") == ([hello], [coroutine])
    assert signal._live_receivers(Model) == ([hello, bye], [coroutine])


@pytest.mark.parametrize("send", ["send", "send_robust", "asend", "asend_robust"])
def test_who_wraps_live_receivers_decides_who_is_called(dispatch: Any, send: str) -> None:
    class Traced(dispatch.Signal):
        def _live_receivers(self, sender: Any) -> Any:
            plain, coroutines = super()._live_receivers(sender)
            return [lambda each=each, **kwargs: f"traced {each()}" for each in plain], coroutines

    signal = Traced()
    signal.connect(hello)

    assert [value for _, value in sent(signal, send)] == ["traced hello"]


def test_who_wraps_live_receivers_may_leave_some_out(dispatch: Any) -> None:
    class Filtered(dispatch.Signal):
        def _live_receivers(self, sender: Any) -> Any:
            plain, coroutines = super()._live_receivers(sender)
            return [each for each in plain if each is not hello], coroutines

    signal = Filtered()
    signal.connect(hello)
    signal.connect(bye)

    assert heard(signal) == ["bye"]


def test_nobody_connects_while_the_lock_is_held(dispatch: Any) -> None:
    signal = dispatch.Signal()
    connecting = threading.Thread(target=signal.connect, args=(hello,))

    with signal.lock:
        connecting.start()
        connecting.join(0.05)
        assert connecting.is_alive()
        assert signal.receivers == []
    connecting.join()

    assert heard(signal) == ["hello"]


def test_connecting_says_that_it_is_of_django(dispatch: Any) -> None:
    signal = dispatch.Signal()

    assert signal.connect.__module__ == "django.dispatch.dispatcher"
    assert signal.connect.__name__ == "connect"


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize(
    ("receiver", "error", "message"),
    [
        (object(), TypeError, "Signal receivers must be callable."),
        (lambda sender: None, ValueError, "Signal receivers must accept keyword arguments (**kwargs)."),
    ],
)
def test_a_refusal_has_the_words_of_django(dispatch: Any, receiver: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refused:
        dispatch.Signal().connect(receiver)

    assert str(refused.value) == message


@pytest.mark.parametrize("send", ["send_robust", "asend_robust"])
def test_what_fails_in_a_robust_send_is_logged_as_django_does(
    dispatch: Any, send: str, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**kwargs: Any) -> None:
        raise LookupError("no such thing")

    signal = dispatch.Signal()
    signal.connect(broken)

    with caplog.at_level(logging.ERROR):
        sent(signal, send)

    [record] = caplog.records
    assert record.name == "django.dispatch"
    assert record.getMessage() == f"Error calling {broken.__qualname__} in Signal.send_robust() (no such thing)"


def test_what_a_plugin_owns_comes_back_as_its_own_or_not_at_all() -> None:
    signal = ours.Signal()
    with Ownership("plugin") as owned:
        signal.connect(hello)
    kept, signal.receivers = signal.receivers, []
    signal.receivers = kept
    assert heard(signal) == ["hello"]

    kept = list(signal.receivers)
    owned.cancel()
    assert heard(signal) == []
    signal.receivers = kept

    assert heard(signal) == []


def test_an_entry_whose_sender_nobody_knows_is_refused() -> None:
    with pytest.raises(TypeError, match="no sender of it has the id 12345"):
        ours.Signal().receivers.append(((1, 12345), hello, False))


def test_a_list_that_nobody_has_keeps_nobody_alive() -> None:
    signal = ours.Signal()
    signal.connect(lambda **kwargs: "strong", weak=False)
    assert len(signal.receivers) == 1

    [subscription] = signal.portico.subscriptions
    subscription.cancel()
    gc.collect()

    assert signal.portico.subscriptions == ()
    assert signal._tables._current() is None
