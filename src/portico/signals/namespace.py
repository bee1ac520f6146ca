"""Keeps one owner's set of signals, each of them once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, overload

from portico.errors import DeclarationError
from portico.signals.connecting import calling_frame
from portico.signals.declaration import declaration_by_name, read_stub
from portico.signals.signal import Signal
from portico.signals.undo import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from portico.signals.undo import Undo
    from portico.signals.watching import Tap

P = ParamSpec("P")

_namespaces: dict[str, Namespace] = {}


class Namespace:
    """A named set of signals. The same name is the same namespace, in the whole process and for ever."""

    name: str
    _signals: dict[str, Signal[...]]
    _openings: Table[None]
    _taps: Table[Tap]

    def __new__(cls, name: str) -> Namespace:  # noqa: D102, PYI034 - see the class; whoever comes first makes it
        namespace = _namespaces.get(name)
        if namespace is None:
            made = super().__new__(cls)
            made.name = name
            made._signals = {}
            made._openings = Table(made._write_sends)
            made._taps = Table(made._refresh)
            # Of two threads, the first to store it wins and both get that one.
            namespace = _namespaces.setdefault(name, made)
        return namespace

    @overload
    def signal(self, name: str, /, doc: str | None = None) -> Signal[...]: ...
    @overload
    def signal(self, stub: Callable[P, Any], /) -> Signal[P]: ...
    @overload
    def signal(
        self,
        /,
        *,
        name: str | None = None,
        policy: str = "default",
        open: bool = False,
        vetoable: bool = False,
        passing: tuple[type[BaseException], ...] = (),
        since: str | None = None,
        deprecated: str | None = None,
    ) -> Callable[[Callable[P, Any]], Signal[P]]: ...
    def signal(self, what: Any = None, /, doc: str | None = None, *, name: str | None = None, **promises: Any) -> Any:
        """Get, create or declare a signal.

        `signal("name")` gets the signal of that name, or creates it undeclared: any string is a name, and any
        payload can be sent. As a decorator, bare or with keywords, it declares: the stub's signature is the payload,
        its docstring the documentation, its name the signal's. Declaring a signal that somebody already asked for by
        name fills in the existing one.

        Args:
            what: a name, or a stub `def name(sender, /, *, field: type, ...) -> None`.
            doc: for a name: what the signal is for, as long as nobody declares it.
            name: the signal's name, where it is not the stub's.
            **promises: `policy` ("raise" or "isolate"), `open` (other payloads may be sent too), `vetoable`,
                `since`, `deprecated` (what to use instead).

        Raises:
            DeclarationError: the stub cannot be a declaration, or the signal is declared already.
        """
        if isinstance(what, str):
            if name is not None or promises:
                given = ", ".join([*promises, *["name"] * (name is not None)])
                msg = f"cannot take {given} for {self.name}:{what}, which is got by name; declare it with a stub"
                raise DeclarationError(msg)
            return self._get(what, doc)
        if doc is not None:
            msg = f"cannot take doc={doc!r} for a declared signal of {self.name}; write it as the stub's docstring"
            raise DeclarationError(msg)
        if what is None:
            return lambda stub: self._declare(stub, name, promises)
        return self._declare(what, name, promises)

    def declare(
        self,
        name: str,
        fields: Mapping[str, Any],
        *,
        sender: Any = object,
        doc: str = "",
        defaults: Mapping[str, object] = {},
        **promises: Any,
    ) -> Signal[...]:
        """Declare a signal without a stub: `declare("order_placed", {"order_id": str}, sender=Shop)`.

        Args:
            name: any string.
            fields: the type of each payload field, by name.
            sender: the type of the sender.
            doc: what the signal is for.
            defaults: what receivers get for fields that the sender leaves out.
            **promises: as for `signal`.

        Raises:
            DeclarationError: a field cannot be declared so, or the signal is declared already.
        """
        module = str(calling_frame().f_globals.get("__name__"))
        declaration = declaration_by_name(
            name, fields, sender=sender, doc=doc, defaults=defaults, module=module, **promises
        )
        signal = self._get(name, None)
        signal.fill_in(declaration)
        return signal

    @property
    def open(self) -> bool:
        """Whether all of its signals are open, as they stand or will be declared."""
        return bool(self._openings)

    def open_signals(self) -> Undo:
        """Let every signal, future ones included, be sent with any payload and without a sender; return the undoing."""
        return self._openings.add(None)

    @property
    def taps(self) -> tuple[Tap, ...]:
        """The taps that see every signal of this namespace."""
        return tuple(self._taps)

    def tap(self, observer: Tap) -> Undo:
        """Attach a tap to every signal of this namespace, future ones included; return what detaches it."""
        return self._taps.add(observer)

    def get(self, name: str) -> Signal[...] | None:
        """Return the signal of that name if somebody has asked for it or declared it."""
        return self._signals.get(name)

    def __getitem__(self, name: str) -> Signal[...]:
        """Return the signal of that name.

        Raises:
            KeyError: nobody has asked for it or declared it yet.
        """
        signal = self._signals.get(name)
        if signal is None:
            msg = f"no signal {name!r} in {self.name}; it has ({', '.join(self._signals)})"
            raise KeyError(msg)
        return signal

    def __iter__(self) -> Iterator[Signal[...]]:
        return iter(list(self._signals.values()))

    def __len__(self) -> int:
        return len(self._signals)

    def __contains__(self, what: object) -> bool:
        """Tell whether it has a signal of that name, or that very signal."""
        if isinstance(what, Signal):
            return self._signals.get(what.name) is what
        return what in self._signals

    def __bool__(self) -> bool:
        return True  # An empty namespace is still one.

    def __reduce__(self) -> tuple[type[Namespace], tuple[str]]:
        return (Namespace, (self.name,))

    def __repr__(self) -> str:
        return f"<Namespace {self.name!r}: {len(self)} signals>"

    def _get(self, name: str, doc: str | None) -> Signal[...]:
        signal = self._signals.get(name)
        if signal is None:
            # Of two threads, the first to store it wins and both get that one.
            signal = self._signals.setdefault(name, Signal(name, namespace=self))
            signal.refresh()
        if doc:
            signal.describe(doc)
        return signal

    def _refresh(self) -> None:
        for signal in self:
            signal.refresh()

    def _write_sends(self) -> None:
        for signal in self:
            signal.write_sends()

    def _declare(self, stub: Callable[..., Any], name: str | None, promises: dict[str, Any]) -> Signal[...]:
        declaration = read_stub(stub, **promises)
        signal = self._get(name or declaration.name, None)
        signal.fill_in(declaration)
        return signal


def namespaces() -> tuple[Namespace, ...]:
    """Return every namespace of this process, in the order of making."""
    return tuple(_namespaces.values())
