"""Says more of a payload field than its type: that receivers may change it, or that it stays out of what is shown."""

from __future__ import annotations

from sys import modules
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

MASK: Final = "***"
"""What is shown, stored and logged for a value that stays out of it."""


class Mark:
    """What a field is declared to be, beside its type."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name: Final = name

    def __repr__(self) -> str:
        return self.name


MUTABLE: Final = Mark("Mutable")
SENSITIVE: Final = Mark("Sensitive")

Mutable = Annotated[T, MUTABLE]
"""The type of a payload field that receivers may change: `document: Mutable[dict[str, str]]`.

The change is what the sender goes on with.
"""

Sensitive = Annotated[T, SENSITIVE]
"""The type of a payload field that only receivers are to see: `password: Sensitive[str]`. A sender can be one, too.

Receivers get it as it is. Whatever shows, stores or logs a payload has `MASK` in its place.
"""


def marked(hints: Mapping[str, Any], mark: Mark, scope: dict[str, Any] | None = None) -> frozenset[str]:
    """Return the names whose annotations carry a mark: `Mutable` around the whole, `Sensitive` anywhere in it.

    Args:
        hints: annotations, or their source, by name.
        mark: the mark.
        scope: the names that a source may use: the globals of the module that it stands in.
    """
    return frozenset(name for name, hint in hints.items() if _carries(hint, mark, scope))


def sensitive_attributes(kind: type) -> frozenset[str]:
    """Return the names of the attributes that a class, or one that it derives from, annotates as `Sensitive`."""
    found: frozenset[str] = frozenset()
    for each in reversed(kind.__mro__):
        hints = getattr(each, "__annotations__", {})
        scope = getattr(modules.get(each.__module__), "__dict__", {})
        found = (found - hints.keys()) | marked(hints, SENSITIVE, scope)
    return found


def spelt_annotation(annotation: object) -> str:
    """Return an annotation as somebody would write it, for people to read."""
    notes = getattr(annotation, "__metadata__", ())
    if notes and all(isinstance(note, Mark) for note in notes):
        text = spelt_annotation(getattr(annotation, "__origin__", None))
        for note in notes:
            text = f"{note}[{text}]"
        return text
    return annotation.__qualname__ if isinstance(annotation, type) else str(annotation)


def _carries(hint: object, mark: Mark, scope: dict[str, Any] | None) -> bool:
    if isinstance(hint, str):
        evaluated = _evaluated(hint, scope)
        if evaluated is None:  # A type that only type checkers import.
            return _is_written(hint, mark)
        hint = evaluated
    if mark is SENSITIVE:
        return _holds(hint, mark)
    return any(note is mark for note in getattr(hint, "__metadata__", ()))


def _is_written(source: str, mark: Mark) -> bool:
    if mark is SENSITIVE:
        return f"{mark.name}[" in source.replace(" ", "")
    head, bracket, rest = source.partition("[")
    name = head.rpartition(".")[2].strip()
    return name == mark.name or bool(bracket and name == SENSITIVE.name and _is_written(rest, mark))


def _holds(hint: object, mark: Mark) -> bool:
    # Also that of a part: who shows half of a value is soon wrong about which half.
    if any(note is mark for note in getattr(hint, "__metadata__", ())):
        return True
    if isinstance(hint, str):
        return _is_written(hint, mark)
    parts = (getattr(hint, "__origin__", None), *_arguments(hint))
    return any(_holds(part, mark) for part in parts if part is not None and part is not hint)


def _arguments(hint: object) -> tuple[object, ...]:
    arguments = getattr(hint, "__args__", ())
    flat: list[object] = []
    for each in arguments if isinstance(arguments, tuple) else ():
        # The parameters of a Callable may be a list.
        flat.extend(each if isinstance(each, list) else [each])
    return tuple(flat)


def _evaluated(source: str, scope: dict[str, Any] | None) -> object | None:
    from typing import get_type_hints  # noqa: PLC0415 - only those who look closer ask

    # One by one: what another field is annotated with must not decide about this one.
    def field() -> None: ...

    field.__annotations__ = {"field": source}
    try:
        hints: dict[str, object] = get_type_hints(field, scope or {}, include_extras=True)
    except Exception:  # noqa: BLE001 - an annotation may name or do anything
        return None
    return hints["field"]
