"""What makes two senders the same: objects by identity, strings and numbers by value. Holds no subscriptions."""

import sys
from collections.abc import Hashable
from typing import Final, final

from portico.signals.serial import Mutex


@final
class AnySender:
    """The type of `ANY`, which stands for every sender, `None` included."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ANY"

    def __reduce__(self) -> str:
        return "ANY"  # Copied or pickled, it stays the one object that is compared by identity.


ANY: Final = AnySender()

# Numbers of other kinds (Decimal, Fraction, numpy's) join when one is first connected as a sender.
_by_value: tuple[type, ...] = (str, int, float, complex)
_learning: Final = Mutex()


def sender_key(sender: object) -> Hashable:
    """Return what a sender is compared by.

    Strings are their own key. Numbers are wrapped, so that no number can equal the `id()` which stands for any
    other object; `True` and `1` differ, `1` and `1.0` are the same value. Types are asked with `type()`, because
    `isinstance` would run the code of a proxy.
    """
    kind = type(sender)
    if kind is str:
        return sender
    if not issubclass(kind, _by_value):
        return id(sender)
    if issubclass(kind, str):
        return str.__str__(sender)
    return (_plain_number(sender), kind is bool)


def connectable_sender_key(sender: object) -> Hashable:
    """Return `sender_key(sender)`, having learnt the sender's type first if it is a new kind of number."""
    global _by_value  # noqa: PLW0603 - a tuple replaced whole: a send in another thread sees old or new
    kind = type(sender)
    numbers = sys.modules.get("numbers")  # Whoever made such a number has imported it.
    if numbers is not None and issubclass(kind, numbers.Number) and not issubclass(kind, _by_value):
        with _learning:
            _by_value = (*_by_value, kind)
    return sender_key(sender)


def compared_by_identity(key: Hashable) -> bool:
    """Tell whether a key made by `sender_key` is the `id()` of its sender."""
    return type(key) is int


def _plain_number(sender: object) -> object:
    # Subclasses (IntEnum) may bring an `__eq__` or `__hash__` of their own, which must not run inside the engine.
    if isinstance(sender, int):
        return int.__int__(sender)
    if isinstance(sender, float):
        return float.__float__(sender)
    if isinstance(sender, complex):
        return complex.__complex__(sender)
    return sender
