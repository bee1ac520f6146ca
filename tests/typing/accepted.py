"""Does what type checkers accept. Checked, never run."""

from collections.abc import Callable
from functools import partial
from typing import Any, assert_type

from portico import ANY, Namespace, Signal, Veto
from portico.signals import Subscription

acme = Namespace("acme")


@acme.signal
def order_placed(region: str, /, *, order_id: str, total: int) -> None:
    """Sent after an order is stored."""


@acme.signal
def order_shipped(region: str, /, *, order_id: str, parcels: int = 1) -> None:
    """Sent after an order has left; what is optional to send is optional to receive."""


@acme.signal(policy="isolate", vetoable=True)
def order_arriving(region: str, /) -> None:
    """Sent before an order is stored."""


# Sending what was declared, in each way.
order_placed.send("eu", order_id="o-1", total=3)
order_shipped.send("eu", order_id="o-1")
order_shipped.send("eu", order_id="o-1", parcels=2)
order_placed.collect("eu", order_id="o-1", total=3)
order_placed.send_isolated("eu", order_id="o-1", total=3)
assert_type(order_placed.send("eu", order_id="o-1", total=3), list[tuple[Any, Any]])
assert_type(order_placed.collect("eu", order_id="o-1", total=3), list[Any])


async def send_and_wait() -> None:
    await order_placed.send_async("eu", order_id="o-1", total=3)
    await order_placed.send_async("eu", concurrent=True, order_id="o-1", total=3)


# Receivers of the standard forms.
def keyword_only(region: str, /, *, order_id: str, total: int) -> int:
    return total


def by_position_or_keyword(region: str, order_id: str, total: int) -> None: ...


def another_name_for_the_sender(_: str, **payload: Any) -> None: ...


def everything(*args: Any, **kwargs: Any) -> None: ...


def wider(region: object, /, *, order_id: object, total: float, more: bool = False) -> None: ...


async def coroutine(region: str, **payload: Any) -> str:
    return region


class Books:
    def enter(self, region: str, *, order_id: str, total: int) -> None: ...

    @classmethod
    def of_class(cls, region: str, **payload: Any) -> None: ...

    @staticmethod
    def of_nobody(region: str, **payload: Any) -> None: ...

    def __call__(self, region: str, **payload: Any) -> None: ...


order_placed.connect(keyword_only)
order_placed.connect(by_position_or_keyword, "eu", order=3)
order_placed.connect(another_name_for_the_sender, sender=ANY, weak=True)
order_placed.connect(everything)
order_placed.connect(wider)
order_placed.connect(coroutine)
order_placed.connect(Books().enter)
order_placed.connect(Books.of_class)
order_placed.connect(Books.of_nobody)
order_placed.connect(Books())
order_placed.connect(partial(by_position_or_keyword, total=3))
assert_type(order_placed.subscribe(keyword_only), Subscription)


# As decorators, which leave the function what it was.
@order_placed.connect
def decorated(region: str, *, order_id: str, total: int) -> int:
    return total


@order_placed.connect(sender="eu", order=-1)
def decorated_with_arguments(region: str, **payload: Any) -> str:
    return region


@order_placed.connect_via("eu")
def decorated_for_a_sender(region: str, **payload: Any) -> None: ...


word: str = decorated_with_arguments("eu", order_id="o-1", total=3)


@order_shipped.connect
def with_a_default(region: str, *, order_id: str, parcels: int = 1) -> None: ...


@order_shipped.connect
def takes_the_rest(region: str, *, order_id: str, **more: Any) -> None: ...


with order_placed.connected_to(keyword_only), order_placed.muted():
    pass


@order_arriving.connect
def refuse(region: str) -> None:
    raise Veto("closed")


# Undeclared signals take anything, and so do their receivers.
anything = acme.signal("anything goes", "documented")
anything.send()
anything.send(5, colour="red")
anything.connect(keyword_only)


@anything.connect
def any_form(number: int, colour: str = "") -> None: ...


# One declared signal can be handed to what expects any.
def listing(signals: list[Signal[...]]) -> list[str]:
    return [signal.label for signal in signals]


listing([order_placed, order_arriving, anything])
relay: Callable[..., Any] = order_placed.send


# Of the fields only those that it wants: with room for the rest, a receiver takes whatever is sent.
@order_placed.connect
def some_of_the_fields(region: str, order_id: str, **_: object) -> None: ...


# Declared without a field that every send must have, and with what passes the isolation.
@acme.signal(policy="default", passing=(PermissionError,))
def order_guarded(region: str, /, *, order_id: str) -> None:
    """Sent before an order is stored."""


# What exceptions are about.
def say_whose(veto: Veto) -> tuple[Signal[...] | None, Callable[..., Any] | None, str | None, str | None]:
    return veto.signal, veto.receiver, veto.plugin, veto.stage
