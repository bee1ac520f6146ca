"""Reads what the owner of a signal promises about it: from a typed stub, or by name where nobody writes one."""

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, Final, NamedTuple

from portico.errors import DeclarationError
from portico.signals.marks import MASK, MUTABLE, SENSITIVE, Mark, marked

DEFAULT: Final = "default"
RAISE: Final = "raise"
ISOLATE: Final = "isolate"
POLICIES: Final = (DEFAULT, RAISE, ISOLATE)

_VARIADIC: Final = 0x04 | 0x08
_PLAIN: Final = (str, bytes, int, float, complex, type(None))


class Required:
    """The type of `REQUIRED`, the default of a field that has none."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Final = Required()


class Field(NamedTuple):
    """One payload field of a declared signal."""

    name: str
    annotation: Any
    """As written in the stub: a type, or its source where the module postpones annotations; None if absent."""
    default: object = REQUIRED
    """What receivers get when the sender leaves the field out; `REQUIRED` if it must not."""


class Declaration(NamedTuple):
    """What the owner of a signal promises about it."""

    name: str
    doc: str
    sender: Any
    """The annotation of the stub's sender, as for `Field.annotation`."""
    fields: tuple[Field, ...]
    policy: str = DEFAULT
    """`"default"`, `"raise"` or `"isolate"`: what becomes of a receiver's exception."""
    open: bool = False
    """Whether sends with fewer or other fields are accepted."""
    vetoable: bool = False
    """Whether `Veto` leaves `send` although the signal isolates."""
    passing: tuple[type[BaseException], ...] = ()
    """Further exceptions that leave `send` although the signal isolates."""
    since: str | None = None
    deprecated: str | None = None
    """What to use instead, if the signal is on its way out."""
    stub: Callable[..., Any] | None = None
    """What it was read from; None if it was declared by name."""
    module: str = ""
    """Name of the module that declares it."""
    qualified_name: str = ""
    """What it is called there: the stub's own, or the signal's."""

    @property
    def origin(self) -> str:
        """What declares it, as it stands in messages."""
        return f"{self.module}.{self.qualified_name}"

    @property
    def identity(self) -> tuple[object, ...]:
        """What is the same if the code that declares it is run again, in a reloaded module or a notebook.

        Types are compared by their names, because running the code makes them anew.
        """
        fields = tuple((field.name, _spelt(field.annotation), _spelt_value(field.default)) for field in self.fields)
        return (self.module, self.qualified_name, _spelt(self.sender), fields)

    @property
    def field_names(self) -> tuple[str, ...]:
        """The names of the fields, in the stub's order."""
        return tuple(field.name for field in self.fields)

    @property
    def mutable_fields(self) -> frozenset[str]:
        """The names of the fields that receivers may change: those declared `Mutable`."""
        return self._marked(MUTABLE)

    @property
    def sensitive_fields(self) -> frozenset[str]:
        """The names of the fields that are masked in what is shown, stored and logged: those declared `Sensitive`."""
        return self._marked(SENSITIVE)

    @property
    def has_sensitive_sender(self) -> bool:
        """Whether the sender is to be masked like that, too."""
        return bool(marked({"": self.sender}, SENSITIVE, self._scope))

    def masked(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy of a payload, fit to be shown, stored and logged: with `MASK` for what is sensitive."""
        masks = self.sensitive_fields
        return {name: MASK if name in masks and value is not None else value for name, value in payload.items()}

    def _marked(self, mark: Mark) -> frozenset[str]:
        return marked({field.name: field.annotation for field in self.fields}, mark, self._scope)

    @property
    def _scope(self) -> dict[str, Any]:
        return getattr(self.stub, "__globals__", {})

    def checked(self, sender: object, payload: dict[str, Any], label: str) -> tuple[object, dict[str, Any]]:
        """Return the sender and the payload with the defaults filled in, in the stub's order.

        Args:
            sender: `REQUIRED` if it was left out.
            payload: the fields that were given.
            label: the signal's, for the message.

        Raises:
            TypeError: the sender or a field is missing, or a field is unknown, and the signal is not open.
        """
        if sender is REQUIRED and not self.open:
            msg = f"{label}.send(): the sender is missing; pass it first, as a positional argument"
            raise TypeError(msg)
        return None if sender is REQUIRED else sender, self._complete(payload, label)

    def _complete(self, payload: dict[str, Any], label: str) -> dict[str, Any]:
        full = {f.name: payload.get(f.name, f.default) for f in self.fields}
        if self.open:
            return {name: value for name, value in full.items() if value is not REQUIRED} | payload
        unknown = sorted(payload.keys() - full.keys())
        missing = [name for name, value in full.items() if value is REQUIRED]
        if unknown or missing:
            wrong = [
                f"{what} {', '.join(names)}" for what, names in (("unexpected", unknown), ("missing", missing)) if names
            ]
            msg = f"{label}.send(): {' and '.join(wrong)}; its payload is ({', '.join(full)})"
            raise TypeError(msg)
        return full


def read_stub(stub: Callable[..., Any], **promises: Any) -> Declaration:
    """Return the declaration that a stub `def name(sender, /, *, field: type, ...) -> None` stands for.

    Raises:
        DeclarationError: the stub is no plain function of that form, or a promise has an unknown value.
    """
    if type(stub) is not FunctionType:
        msg = f"cannot declare a signal from {stub!r}; decorate a plain function, or pass a name"
        raise DeclarationError(msg)
    code = stub.__code__
    if code.co_argcount != 1 or code.co_posonlyargcount != 1 or code.co_flags & _VARIADIC:
        msg = (
            f"cannot declare {stub.__qualname__!r}: a stub has one positional-only sender and keyword-only fields; "
            f"write it as `def {stub.__name__}(sender: str, /, *, field: int) -> None`"
        )
        raise DeclarationError(msg)
    _check_promises(stub.__qualname__, **promises)
    names = code.co_varnames[1 : 1 + code.co_kwonlyargcount]
    defaults = stub.__kwdefaults__ or {}
    hints = stub.__annotations__
    return Declaration(
        name=stub.__name__,
        doc=_clean(stub.__doc__ or ""),
        sender=hints.get(code.co_varnames[0]),
        fields=tuple(Field(name, hints.get(name), defaults.get(name, REQUIRED)) for name in names),
        stub=stub,
        module=stub.__module__,
        qualified_name=stub.__qualname__,
        **promises,
    )


def declaration_by_name(
    name: str,
    fields: Mapping[str, Any],
    *,
    sender: Any,
    doc: str,
    defaults: Mapping[str, object],
    module: str,
    **promises: Any,
) -> Declaration:
    """Return the declaration of a signal for which nobody writes a stub.

    Raises:
        DeclarationError: the name of a field is no string, a default has no field, or a promise has an unknown value.
    """
    names: list[object] = list(fields)
    for field in names:
        if not isinstance(field, str):
            msg = f"cannot declare {name!r} with the field {field!r}; the name of a field is a string"
            raise DeclarationError(msg)
    stray = [field for field in defaults if field not in fields]
    if stray:
        msg = f"cannot declare {name!r} with a default for {stray[0]!r}; its fields are ({', '.join(fields)})"
        raise DeclarationError(msg)
    _check_promises(name, **promises)
    return Declaration(
        name=name,
        doc=_clean(doc),
        sender=sender,
        fields=tuple(Field(field, hint, defaults.get(field, REQUIRED)) for field, hint in fields.items()),
        module=module,
        qualified_name=name,
        **promises,
    )


def _spelt(annotation: object) -> str:
    """Return an annotation as it is written."""
    return f"{annotation.__module__}.{annotation.__qualname__}" if isinstance(annotation, type) else repr(annotation)


def _spelt_value(value: object) -> str:
    """Return a default as it is written if it is plain; of any other object its type, which is all that stays."""
    return repr(value) if isinstance(value, _PLAIN) else _spelt(type(value))


def _check_promises(name: str, *, policy: object = DEFAULT, passing: object = (), **_others: object) -> None:
    if policy not in POLICIES:
        msg = f"cannot declare {name!r} with policy {policy!r}; use 'default', 'raise' or 'isolate'"
        raise DeclarationError(msg)
    if not are_exceptions(passing):
        msg = f"cannot declare {name!r} with passing={passing!r}; use a tuple of exception classes"
        raise DeclarationError(msg)


def are_exceptions(kinds: object) -> bool:
    """Tell whether something is a tuple of exception classes."""
    return isinstance(kinds, tuple) and all(
        isinstance(each, type) and issubclass(each, BaseException) for each in kinds
    )


def _clean(doc: str) -> str:
    """Return a docstring without its indentation (what `inspect.cleandoc` does, without importing it)."""
    first, *rest = doc.expandtabs().splitlines() or [""]
    margin = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    return "\n".join([first.strip(), *(line[margin:].rstrip() for line in rest)]).strip()
