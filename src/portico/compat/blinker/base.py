"""Offers named signals and namespaces with blinker's interface, and all else that `blinker.base` does."""

from typing import Self

from portico import signals
from portico.compat.blinker._utilities import Symbol, make_id, make_ref
from portico.compat.blinker.signals import Signal
from portico.compat.blinker.tables import ANY_ID
from portico.signals import ANY

__all__ = [
    "ANY",
    "ANY_ID",
    "NamedSignal",
    "Namespace",
    "Signal",
    "Symbol",
    "default_namespace",
    "make_id",
    "make_ref",
    "signal",
]


class NamedSignal(Signal):
    """A signal with a name, as a namespace makes it.

    Args:
        name: its name within the namespace.
        doc: what it is for.
    """

    def __init__(self, name: str, doc: str | None = None) -> None:
        self.name = name
        self.stand_on(signals.Signal(name, doc))

    @classmethod
    def over(cls, portico: signals.Signal[...]) -> Self:
        """Return a view of a Portico signal: what is connected and sent here is connected and sent there."""
        view = cls.__new__(cls)
        view.name = portico.name
        view.stand_on(portico)
        return view

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}; {self.name!r}>"


class Namespace(dict[str, NamedSignal]):
    """A dict of signals by name."""

    def signal(self, name: str, doc: str | None = None) -> NamedSignal:
        """Return the signal of that name, made when it is first asked for."""
        found = self.get(name)
        # Of two threads, the first to store it wins and both get that one.
        return self.setdefault(name, NamedSignal(name, doc)) if found is None else found


default_namespace = Namespace()
signal = default_namespace.signal
