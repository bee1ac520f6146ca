import functools
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import wrapt

from portico.signals import Namespace, Ownership, Signal, bound, describe_receiver, receiver_key
from tests.signals.witness import called, returned

Receiver = Callable[..., Any]


@wrapt.decorator
def traced(wrapped: Receiver, instance: object, args: Any, kwargs: Any) -> Any:
    return wrapped(*args, **kwargs)


class Ledger:
    """Receivers that are a new object each time they are written."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def method(self, sender: object = None, **payload: Any) -> str:
        return f"{self.name} method"

    other = functools.partialmethod(method, extra=1)
    partial = functools.partialmethod(method, extra=2)
    twice: Any = functools.partialmethod(partial, more=3)
    of_a_builtin = functools.partialmethod(print, end="", flush=False)

    @traced
    def wrapt(self, sender: object, **payload: Any) -> str:
        return f"{self.name} wrapt"

    @traced
    @traced
    def wrapt_twice(self, sender: object, **payload: Any) -> str:
        return f"{self.name} wrapt"

    partial_of_wrapt = functools.partialmethod(wrapt, extra=2)

    @traced
    @classmethod
    def of_class(cls, sender: object, **payload: Any) -> str:
        return cls.__name__

    @traced
    @staticmethod
    def static(sender: object, **payload: Any) -> str:
        return "static"


OF_AN_OBJECT = ["method", "partial", "twice", "of_a_builtin", "wrapt", "wrapt_twice", "partial_of_wrapt"]
EVERY = [*OF_AN_OBJECT, "of_class", "static"]


@pytest.fixture(params=["plain", "several receivers", "tapped"])
def happened(request: pytest.FixtureRequest, namespace: Namespace) -> Signal[...]:
    signal = namespace.signal("happened")
    if request.param == "tapped":
        signal.tap(lambda _: None)
    if request.param == "several receivers":
        for _ in range(10):
            signal.connect(lambda sender, **payload: None, sender="nobody")
    return signal


@pytest.mark.parametrize("name", EVERY)
def test_a_receiver_made_anew_is_one_receiver_however_often_it_is_written(happened: Signal[...], name: str) -> None:
    ledger = Ledger()
    happened.connect(getattr(ledger, name))
    happened.connect(getattr(ledger, name), sender="eu")

    assert len(called(happened, "eu")) == 1


@pytest.mark.parametrize("name", EVERY)
def test_a_receiver_made_anew_can_be_disconnected(happened: Signal[...], name: str) -> None:
    ledger = Ledger()
    happened.connect(getattr(ledger, name))

    assert happened.disconnect(getattr(ledger, name))
    assert called(happened, "eu") == []


@pytest.mark.parametrize("name", OF_AN_OBJECT)
def test_the_same_method_of_two_objects_is_two_receivers(happened: Signal[...], name: str) -> None:
    one, other = Ledger("one"), Ledger("other")
    happened.connect(getattr(one, name))

    assert not happened.disconnect(getattr(other, name))
    assert len(called(happened, "eu")) == 1


@pytest.mark.parametrize("name", OF_AN_OBJECT)
def test_a_receiver_made_anew_does_not_keep_its_object_alive(happened: Signal[...], name: str) -> None:
    ledger = Ledger()
    happened.connect(getattr(ledger, name))
    alive = weakref.ref(ledger)
    before = len(called(happened, "eu"))

    del ledger
    gc.collect()

    assert (before, alive()) == (1, None)
    assert called(happened, "eu") == []
    assert not happened.has_receivers_for("eu")


@pytest.mark.parametrize("name", OF_AN_OBJECT)
def test_a_receiver_made_anew_that_a_plugin_owns_is_kept_until_that_is_undone(signal: Signal[...], name: str) -> None:
    ledger = Ledger()
    alive = weakref.ref(ledger)
    with Ownership("books") as owned:
        signal.connect(getattr(ledger, name))

    del ledger
    gc.collect()
    kept = len(called(signal, "eu"))
    owned.cancel()
    gc.collect()

    assert (kept, alive()) == (1, None)


def test_a_partial_method_is_called_with_what_it_was_made_of(happened: Signal[...]) -> None:
    ledger = Ledger("books")
    happened.connect(ledger.partial)

    assert returned(happened, "eu") == ["books method"]
    assert receiver_key(ledger.partial) == receiver_key(happened.receivers[-1])


def test_two_partial_methods_of_one_method_are_two_receivers(happened: Signal[...]) -> None:
    ledger = Ledger()
    happened.connect(ledger.partial)

    assert not happened.disconnect(ledger.other)
    assert not happened.disconnect(ledger.method)


def test_two_partials_that_look_alike_are_two_receivers(happened: Signal[...]) -> None:
    ledger = Ledger()
    happened.connect(functools.partial(ledger.method, extra=2))

    assert not happened.disconnect(functools.partial(ledger.method, extra=2))
    assert not happened.disconnect(ledger.partial)


def test_two_decorated_methods_over_one_function_are_two_receivers(happened: Signal[...]) -> None:
    def function(self: object, sender: object, **payload: Any) -> None: ...

    class Twice:
        one = traced(function)
        other = traced(function)

    thing = Twice()
    happened.connect(thing.one)

    assert not happened.disconnect(thing.other)


def test_a_decorated_class_method_is_one_receiver_through_class_and_object(happened: Signal[...]) -> None:
    ledger = Ledger()
    happened.connect(ledger.of_class)

    assert returned(happened, "eu") == ["Ledger"]
    assert happened.disconnect(Ledger.of_class)


def test_what_wrapt_decorated_is_described_by_what_it_wraps() -> None:
    assert describe_receiver(Ledger().wrapt) == f"{__name__}.Ledger.wrapt"
    assert describe_receiver(Ledger.__dict__["wrapt"]) == f"{__name__}.Ledger.wrapt"


def test_functions_and_objects_are_bound_to_nothing() -> None:
    unbound: list[object] = [len, Ledger, Ledger(), functools.partial(print), traced(print)]

    assert list(map(bound, unbound)) == [None] * 5
