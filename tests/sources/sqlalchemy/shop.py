"""Declares the tables and signals that the tests of transactions share."""

from sqlalchemy import ForeignKey, String, insert, text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, attribute_keyed_dict, mapped_column, relationship

from portico.signals import Namespace
from portico.sources.sqlalchemy import send_after_commit

shop = Namespace("shop-of-transactions")

Heard = list[tuple[int, bool]]
"""The number of each order heard of, and whether another connection could read it by then."""


@shop.signal
def order_placed(region: str, /, *, number: int) -> None:
    """Sent after an order was stored."""


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    number: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(String(20), default="")
    made: Mapped[int] = mapped_column(server_default=text("7"))
    remarks: Mapped[str] = mapped_column(String(20), default="none", deferred=True)
    lines: Mapped[list["Line"]] = relationship(back_populates="order", order_by="Line.number", cascade="all")
    by_name: Mapped[dict[str, "Line"]] = relationship(collection_class=attribute_keyed_dict("name"), viewonly=True)


class Line(Base):
    __tablename__ = "order_lines"

    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), default="")
    order_number: Mapped[int] = mapped_column(ForeignKey(Order.number))
    order: Mapped[Order] = relationship(back_populates="lines")


def first_order(session: Session) -> Order:
    """Return the order with the number 1. `get_one` is not in every version of SQLAlchemy that we take."""
    order = session.get(Order, 1)
    assert order is not None
    return order


def place(session: Session, number: int) -> None:
    session.add(Order(number=number))
    send_after_commit(session, order_placed, "eu", number=number)


def place_through(connection: Connection, number: int) -> None:
    connection.execute(insert(Order).values(number=number))
    send_after_commit(connection, order_placed, "eu", number=number)
