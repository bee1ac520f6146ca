"""Declares the tables whose changes the tests hear of, and notes what is heard."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, String, Table, func, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, synonym

from portico.signals import Namespace

stock = Namespace("stock-of-tables")


class Base(DeclarativeBase):
    pass


members = Table(
    "stock_members",
    Base.metadata,
    Column("group_id", ForeignKey("stock_groups.id"), primary_key=True),
    Column("user_id", ForeignKey("stock_users.id"), primary_key=True),
)


class Group(Base):
    __tablename__ = "stock_groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), default="")
    users: Mapped[list["User"]] = relationship(secondary=members, back_populates="groups")


class User(Base):
    __tablename__ = "stock_users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), default="")
    groups: Mapped[list[Group]] = relationship(secondary=members, back_populates="users")


class Shelf(Base):
    __tablename__ = "stock_shelves"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), default="")
    items: Mapped[list["Item"]] = relationship(back_populates="shelf", order_by="Item.id")
    labels: Mapped[list["Label"]] = relationship(cascade="all, delete-orphan")


class Item(Base):
    __tablename__ = "stock_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), default="")
    count: Mapped[int | None]
    data: Mapped[Any] = mapped_column(JSON, nullable=True, default=None)
    notes: Mapped[dict[str, Any] | None] = mapped_column(MutableDict.as_mutable(JSON()), default=None)
    made: Mapped[int] = mapped_column(server_default=text("7"))
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey(Shelf.id))
    shelf: Mapped[Shelf | None] = relationship(back_populates="items")
    title = synonym("name")

    def _double(self) -> int:
        return (self.count or 0) * 2

    def _set_double(self, value: int) -> None:
        self.count = value // 2

    double = hybrid_property(_double, _set_double)


class Label(Base):
    __tablename__ = "stock_labels"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(String(20), default="")
    shelf_id: Mapped[int] = mapped_column(ForeignKey(Shelf.id))


class Place(Base):
    """Has a composite key and a version."""

    __tablename__ = "stock_places"

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seat: Mapped[int] = mapped_column("seat_number", primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column("said", String(20), default="")
    touched: Mapped[int] = mapped_column(default=0, onupdate=9)
    seen: Mapped[str] = mapped_column(String(20), default="no", onupdate=func.lower("YES"))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - as SQLAlchemy has it


class Machine(Base):
    """Joined inheritance below, and single inheritance."""

    __tablename__ = "stock_machines"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(20), default="")
    speed: Mapped[int | None]

    __mapper_args__ = {"polymorphic_on": kind, "polymorphic_identity": "machine"}  # noqa: RUF012 - as SQLAlchemy has it


class Press(Machine):
    __tablename__ = "stock_presses"

    id: Mapped[int] = mapped_column(ForeignKey(Machine.id), primary_key=True)
    force: Mapped[int] = mapped_column(default=0)

    __mapper_args__ = {"polymorphic_identity": "press"}  # noqa: RUF012 - as SQLAlchemy has it


class Robot(Machine):
    __mapper_args__ = {"polymorphic_identity": "robot"}  # noqa: RUF012 - as SQLAlchemy has it


class Box(Base):
    """What refers to it is deleted or changed by the database."""

    __tablename__ = "stock_boxes"

    id: Mapped[int] = mapped_column(primary_key=True)
    passive: Mapped[list["Part"]] = relationship(passive_deletes="all")


class Part(Base):
    __tablename__ = "stock_parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20), default="")
    box_id: Mapped[int] = mapped_column(ForeignKey(Box.id, ondelete="CASCADE"))


class Screw(Base):
    __tablename__ = "stock_screws"

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey(Part.id, ondelete="CASCADE"))


class Tag(Base):
    __tablename__ = "stock_tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    box_id: Mapped[int | None] = mapped_column(ForeignKey(Box.id, ondelete="SET NULL"))


Note = tuple[str, str, Any, Mapping[str, Any] | None]
"""What was heard: the signal, the sender's name, the key of the row, and what is changed."""


def key_of(instance: Any) -> Any:
    return (instance.row, instance.seat) if isinstance(instance, Place) else instance.id


class Heard:
    """Notes what is heard of the tables, in order."""

    def __init__(self) -> None:
        self.before: list[Note] = []
        self.after: list[Note] = []
        self.look: Callable[[str, Any], None] | None = None

    def hear(self, name: str, sender: type[Any], instance: Any, changes: Mapping[str, Any] | None) -> None:
        if self.look:
            self.look(name, instance)
        notes = self.before if name.startswith("pre_") else self.after
        notes.append((name, sender.__name__, key_of(instance), None if changes is None else dict(changes)))

    def take(self) -> list[Note]:
        """Return what was heard after commits so far, and forget it and what came before them."""
        notes = list(self.after)
        self.after.clear()
        self.before.clear()
        return notes
