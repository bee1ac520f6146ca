import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import coroutine
from typing import Any
from unittest.mock import patch

import pytest
import wrapt

from portico.errors import ReceiverError
from portico.signals import Namespace, Signal
from tests.signals.witness import returned, untyped

Receiver = Callable[..., Any]


@pytest.fixture(params=["declared", "undeclared", "tapped"])
def placed(request: pytest.FixtureRequest, namespace: Namespace) -> Signal[...]:
    """A signal with the fields `order_id` and `total`."""

    def placed(region: str, /, *, order_id: str, total: int = 0) -> None: ...

    if request.param == "undeclared":
        return namespace.signal("placed")
    signal = namespace.signal(placed)
    if request.param == "tapped":
        signal.tap(lambda _: None)
    return signal


def got(signal: Signal[...], receiver: Receiver) -> Any:
    """Connect a receiver, and return what it makes of a send."""
    signal.connect(receiver)
    (value,) = returned(signal, "eu", order_id="o-1", total=3)
    return value


BOTH = {"order_id": "o-1", "total": 3}


# -- wrappers made with functools.wraps -----------------------------------------------------------------------------


def with_session(function: Receiver) -> Receiver:
    """Supply an argument, under a signature of its own."""

    @functools.wraps(function)
    def wrapper(sender: object, **payload: Any) -> Any:
        return function("session", sender, **payload)

    return wrapper


def with_session_whatever(function: Receiver) -> Receiver:
    """Supply an argument, and pass everything on."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function("session", *args, **kwargs)

    return wrapper


def transparent(function: Receiver) -> Receiver:
    """Pass everything on and add nothing."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def for_methods(function: Receiver) -> Receiver:
    """Pass everything on, as decorators of methods do that name `self`."""

    @functools.wraps(function)
    def wrapper(self: object, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    return wrapper


def store(session: str, sender: str, order_id: str, total: int) -> object:
    return session, sender, order_id, total


def some_fields(region: str, order_id: str) -> object:
    return region, order_id


class Books:
    @for_methods
    def some(self, region: str, order_id: str) -> object:
        return region, order_id

    @transparent
    def transparent(self, order_id: str, total: int) -> object:
        return order_id, total

    @with_session
    def with_session(self: str, books: object, sender: str, order_id: str, total: int) -> object:
        return self, sender, order_id, total

    added = functools.partialmethod(some_fields)


@pytest.mark.parametrize(
    ("receiver", "expected"),
    [
        pytest.param(with_session(store), ("session", "eu", "o-1", 3), id="the wrapper's own signature"),
        pytest.param(with_session_whatever(store), ("session", "eu", "o-1", 3), id="everything, as nothing fits"),
        pytest.param(transparent(with_session(store)), ("session", "eu", "o-1", 3), id="to where it is not passed on"),
        pytest.param(transparent(some_fields), ("eu", "o-1"), id="what the wrapped one takes"),
        pytest.param(transparent(transparent(some_fields)), ("eu", "o-1"), id="through two wrappers"),
        pytest.param(partial(transparent(some_fields)), ("eu", "o-1"), id="through a partial"),
        pytest.param(transparent(partial(store, "partial")), ("partial", "eu", "o-1", 3), id="to a partial"),
        pytest.param(Books().some, ("eu", "o-1"), id="of a method that names self"),
        pytest.param(Books().transparent, ("o-1", 3), id="of a method"),
        pytest.param(transparent(Books().some), ("eu", "o-1"), id="around a bound method"),
    ],
)
def test_a_wrapper_is_called_as_it_can_be(placed: Signal[...], receiver: Receiver, expected: object) -> None:
    assert got(placed, receiver) == expected


def test_a_signature_that_a_function_only_claims_is_not_what_it_is_called_with(placed: Signal[...]) -> None:
    def receiver(region: str, **payload: object) -> object:
        return region, payload

    receiver.__signature__ = __import__("inspect").signature(store)  # type: ignore[attr-defined]

    assert got(placed, receiver) == ("eu", BOTH)


def test_a_wrapper_that_passes_everything_on_is_never_refused_for_what_it_wraps(order_placed: Signal[...]) -> None:
    order_placed.connect(transparent(store))

    with pytest.raises(TypeError, match=r"store\(\) missing"):
        order_placed.send("eu", order_id="o-1")


def test_a_wrapper_with_a_signature_of_its_own_is_refused_for_that(order_placed: Signal[...]) -> None:
    @functools.wraps(some_fields)
    def wrapper(region: str, colour: str) -> None: ...

    with pytest.raises(ReceiverError, match="requires colour"):
        order_placed.connect(wrapper)


def test_an_object_that_wraps_a_function_is_called_as_the_function_is(placed: Signal[...]) -> None:
    class Wrapper:
        def __init__(self, function: Receiver) -> None:
            functools.update_wrapper(self, function)
            self.function = function

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return self.function(*args, **kwargs)

    class WithSession(Wrapper):
        def __call__(self, sender: object, **payload: Any) -> Any:
            return self.function("session", sender, **payload)

    assert got(placed, Wrapper(some_fields)) == ("eu", "o-1")
    placed.disconnect(placed.receivers[0])
    assert got(placed, WithSession(store)) == ("session", "eu", "o-1", 3)


def test_a_cached_function_that_requires_too_much_is_refused(order_placed: Signal[...]) -> None:
    with pytest.raises(ReceiverError, match="requires sender"):
        order_placed.connect(functools.cache(store))


def test_wrappers_that_wrap_each_other_get_everything(placed: Signal[...]) -> None:
    def receiver(*args: object, **kwargs: object) -> object:
        return args, kwargs

    receiver.__wrapped__ = receiver  # type: ignore[attr-defined]

    assert got(placed, receiver) == (("eu",), BOTH)


# -- other decorators -----------------------------------------------------------------------------------------------


def test_a_partial_method_is_called_as_its_function_is(placed: Signal[...]) -> None:
    class Ledger:
        def enter(self, book: str, region: str, order_id: str) -> object:
            return book, region, order_id

        enter_sale = functools.partialmethod(enter, "sales")

    ledger = Ledger()

    assert got(placed, ledger.enter_sale) == ("sales", "eu", "o-1")


@wrapt.decorator
def traced(wrapped: Receiver, instance: object, args: Any, kwargs: Any) -> Any:
    return "traced", wrapped(*args, **kwargs)


@wrapt.decorator
def given_a_session(wrapped: Receiver, instance: object, args: Any, kwargs: Any) -> Any:
    return wrapped("session", *args, **kwargs)


def test_a_function_that_wrapt_decorated_is_called_as_it_can_be(placed: Signal[...]) -> None:
    assert got(placed, traced(some_fields)) == ("traced", ("eu", "o-1"))
    placed.disconnect(placed.receivers[0])
    assert got(placed, given_a_session(store)) == ("session", "eu", "o-1", 3)


def test_a_method_that_wrapt_decorated_is_called_as_it_can_be(placed: Signal[...]) -> None:
    class Ledger:
        @traced
        def enter(self, region: str, order_id: str) -> object:
            return region, order_id

    ledger = Ledger()

    assert got(placed, ledger.enter) == ("traced", ("eu", "o-1"))


def test_a_receiver_that_mock_patches_gets_everything_and_its_mock(placed: Signal[...]) -> None:
    @patch("os.getcwd", return_value="patched")
    def receiver(region: str, getcwd: Any, **payload: object) -> object:
        return region, getcwd(), payload

    assert got(placed, receiver) == ("eu", "patched", BOTH)


# -- coroutines behind wrappers -------------------------------------------------------------------------------------


async def awaited(region: str, order_id: str) -> object:
    await asyncio.sleep(0)
    return region, order_id


def completed(function: Receiver) -> Receiver:
    """Run a coroutine function to its end, so that it need not be awaited."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return asyncio.run(function(*args, **kwargs))

    return wrapper


@coroutine
def generator_based(region: str, order_id: str) -> Any:
    yield from asyncio.sleep(0).__await__()
    return region, order_id


@wrapt.decorator
def untouched(wrapped: Receiver, instance: object, args: Any, kwargs: Any) -> Any:
    return wrapped(*args, **kwargs)


@pytest.mark.parametrize(
    "receiver",
    [
        pytest.param(transparent(awaited), id="functools"),
        pytest.param(untouched(awaited), id="wrapt"),
        pytest.param(completed(awaited), id="run by its wrapper"),
        pytest.param(generator_based, id="of a generator"),
    ],
)
def test_a_coroutine_behind_a_wrapper_is_completed(placed: Signal[...], receiver: Receiver) -> None:
    assert got(placed, receiver) == ("eu", "o-1")


@pytest.mark.parametrize("receiver", [transparent(awaited), untouched(awaited), generator_based])
@pytest.mark.parametrize("concurrent", [False, True])
def test_a_coroutine_behind_a_wrapper_is_awaited(placed: Signal[...], receiver: Receiver, *, concurrent: bool) -> None:
    placed.connect(receiver)

    [(_, value)] = asyncio.run(placed.send_payload_async("eu", BOTH, concurrent=concurrent))

    assert value == ("eu", "o-1")


# -- generators -----------------------------------------------------------------------------------------------------


def generator(sender: object, **payload: object) -> Iterator[object]:
    yield sender


async def async_generator(sender: object, **payload: object) -> AsyncIterator[object]:
    yield sender


class Generating:
    def method(self, sender: object, **payload: object) -> Iterator[object]:
        yield sender

    def __call__(self, sender: object, **payload: object) -> Iterator[object]:
        yield sender


@pytest.mark.parametrize(
    "receiver", [generator, async_generator, partial(generator), Generating().method, Generating()]
)
def test_a_generator_function_is_refused_as_a_receiver(placed: Signal[...], receiver: Receiver) -> None:
    with pytest.raises(ReceiverError, match=r"cannot connect .* has a `yield` in it: .*; return a list") as caught:
        placed.connect(receiver)

    assert not placed.receivers
    assert (caught.value.signal, caught.value.receiver) == (placed, receiver)


def test_a_function_that_iterates_a_generator_is_no_generator(placed: Signal[...]) -> None:
    assert got(placed, untyped(lambda *args, **kwargs: list(generator(*args, **kwargs)))) == ["eu"]


def test_a_context_manager_made_of_a_generator_is_accepted(placed: Signal[...]) -> None:
    assert hasattr(got(placed, contextmanager(generator)), "__enter__")
