"""Gives Portico and its peers the same methods: connect, disconnect, and loops that send.

Each send carries three payload fields. They are written out in every loop, because that is how a send is written; the
loop is the contender's own, so that no wrapper of ours stands between the clock and the library.
"""

from typing import Final

from benchmarks.contenders.contender import EVERYONE, Contender
from benchmarks.contenders.own import BareLoop, Declared, Isolating, Tapped, Undeclared
from benchmarks.contenders.peers import Blinker, Django, DjangoRobust, Pluggy, Psygnal, PyDispatcher, Pyee

__all__ = [
    "CONTENDERS",
    "EVERYONE",
    "BareLoop",
    "Blinker",
    "Contender",
    "Declared",
    "Isolating",
    "Tapped",
    "Undeclared",
    "available",
]

CONTENDERS: Final[tuple[type[Contender], ...]] = (
    BareLoop,
    Declared,
    Undeclared,
    Isolating,
    Tapped,
    Blinker,
    Django,
    DjangoRobust,
    PyDispatcher,
    Psygnal,
    Pyee,
    Pluggy,
)


def available() -> tuple[type[Contender], ...]:
    """Return the contenders whose library is installed, the bare loop first."""
    return tuple(kind for kind in CONTENDERS if kind.available())
