"""Does what type checkers refuse on each line that ends in `# refused`, and on no other. Checked, never run."""

from typing import Any

from portico import Namespace

acme = Namespace("acme")


@acme.signal
def order_placed(region: str, /, *, order_id: str, total: int = 0) -> None:
    """Sent after an order is stored."""


# Payloads.
order_placed.send("eu", order="o-1")  # refused
order_placed.send("eu")  # refused
order_placed.send("eu", order_id=1)  # refused
order_placed.send("eu", order_id="o-1", total="3")  # refused
order_placed.send("eu", order_id="o-1", colour="red")  # refused
order_placed.send(5, order_id="o-1")  # refused
order_placed.send(region="eu", order_id="o-1")  # refused
order_placed.collect("eu", order="o-1")  # refused
order_placed.send_isolated("eu")  # refused


async def send_and_wait() -> None:
    await order_placed.send_async("eu", order="o-1")  # refused


# Receivers.
def without_a_field(region: str, *, order_id: str) -> None: ...


def with_some_of_the_fields(region: str, order_id: str) -> None:
    """Run as it is: at run time a receiver may name the fields it wants. No type can say so, see the reference."""


def with_one_too_many(region: str, *, order_id: str, total: int, colour: str) -> None: ...


def of_another_type(region: str, *, order_id: int, total: int) -> None: ...


def for_another_sender(region: int, **payload: Any) -> None: ...


def without_a_sender(*, order_id: str, total: int) -> None: ...


order_placed.connect(without_a_field)  # refused
order_placed.connect(with_some_of_the_fields)  # refused
order_placed.connect(with_one_too_many)  # refused
order_placed.connect(of_another_type)  # refused
order_placed.connect(for_another_sender)  # refused
order_placed.connect(without_a_sender)  # refused
order_placed.subscribe(of_another_type)  # refused
order_placed.connect("not callable")  # refused
