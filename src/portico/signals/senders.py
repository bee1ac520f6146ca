"""Decides what makes two senders the same: objects by identity, strings and numbers by value."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, Self, final
from weakref import ref

from portico.signals.serial import Mutex

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


@final
class AnySender:
    """The type of `ANY`, which stands for every sender, `None` included."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ANY"

    def __reduce__(self) -> str:
        return "ANY"  # Copied or pickled, it stays the one object that is compared by identity.


ANY: Final = AnySender()


class SenderRef(ref[Any]):
    """A weak reference that says what its sender was compared by, so that all of a signal share one callback."""

    __slots__ = ("key",)

    def __new__(cls, sender: object, died: Callable[[SenderRef], None], _key: Hashable) -> Self:
        """Refer to a sender; `died` is called with the reference when it dies."""
        return super().__new__(cls, sender, died)

    def __init__(self, sender: object, died: Callable[[SenderRef], None], key: Hashable) -> None:
        super().__init__(sender, died)  # type: ignore[call-arg]
        self.key: Hashable = key


# Numbers of other kinds (Decimal, Fraction, numpy's) join when one is first connected as a sender.
_by_value: tuple[type, ...] = (str, int, float, complex)
# Types that were seen to be neither: asking this costs a send less than asking anew. Replaced when `_by_value` is, and
# emptied when it is full, because it keeps the types in it alive.
_by_identity: set[type] = set()
_MAX_BY_IDENTITY: Final = 256
_learning: Final = Mutex()


def sender_key(sender: object) -> Hashable:
    """Return what a sender is compared by.

    Strings are their own key. Numbers are wrapped, so that no number can equal the `id()` which stands for any
    other object; `True` and `1` differ, `1` and `1.0` are the same value. A proxy (Flask's `current_app`) is compared
    as the object that it stands for just now. Types are asked with `type()`, because `isinstance` would run the code
    of a proxy.
    """
    kind = type(sender)
    if kind is str:
        return sender
    known = _by_identity
    try:
        if kind in known:
            return id(sender)
    except TypeError:  # A metaclass may make its classes unhashable; such a class is no number's.
        return id(sender)
    if issubclass(kind, _by_value):
        return str.__str__(sender) if issubclass(kind, str) else (_plain_number(sender), kind is bool)
    if _is_proxy(kind):
        return _key_behind(sender)
    if len(known) >= _MAX_BY_IDENTITY:
        known.clear()
    known.add(kind)
    return id(sender)


def connectable(sender: object) -> object:
    """Return what to connect to for a sender: the object itself, behind a proxy.

    Raises:
        RuntimeError: the proxy stands for nothing just now.
    """
    while _is_proxy(type(sender)):
        sender = sender._get_current_object()  # type: ignore[attr-defined]
    return sender


def connectable_sender_key(sender: object) -> Hashable:
    """Return `sender_key(sender)`, having learnt the sender's type first if it is a new kind of number."""
    global _by_value, _by_identity  # noqa: PLW0603 - replaced whole: a send in another thread sees old or new
    kind = type(sender)
    if _is_number(kind) and not issubclass(kind, _by_value):
        with _learning:
            # In this order: whoever still looks at the old tuple takes its finding down in the old set.
            _by_value = (*_by_value, kind)
            _by_identity = set()
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


def _is_number(kind: type) -> bool:
    numbers = sys.modules.get("numbers")  # Whoever made such a number has imported it.
    try:
        return numbers is not None and issubclass(kind, numbers.Number)
    except TypeError:  # As in `sender_key`.
        return False


def _is_proxy(kind: type) -> bool:
    """Tell whether objects of a type stand for others, as Werkzeug's `LocalProxy` says of itself."""
    return hasattr(kind, "_get_current_object")


def _key_behind(proxy: object) -> Hashable:
    try:
        return sender_key(connectable(proxy))
    except Exception:  # noqa: BLE001 - code of the proxy's: it stands for nothing, or cannot say what for
        return id(proxy)  # Nobody can be connected to that.
