"""Offers the interface of PyDispatcher 2.0 on Portico's engine; `install()` lets it be imported as `pydispatch`.

Existing code runs on it unchanged. Where it differs, it is on purpose:

- Receivers are called in the order of connecting: those of the signal, then those of `Any` signal. PyDispatcher calls
  those of the sender before those of any sender. Connecting once more changes nothing; there, it moves to the end.
- Senders that are strings or numbers are compared by value; to PyDispatcher, two equal strings are different senders.
- A receiver that is connected weakly and strongly is called once, for as long as one of both lasts; and `disconnect`
  need not be told which it was. PyDispatcher silently leaves it connected when told wrong.
- Keyword-only parameters are filled, and receivers need not be Python functions: whatever has a signature will do
  (`functools.partial`, classes, builtins). What has none is refused with ValueError, as there.
- `sendRobust` logs what failed to `portico.signals`, with the plugin, and tells who observes failures. It isolates
  `SystemExit` too, unless a signal handler of the process raised it. The RecursionError of a signal that its receivers
  send again leaves it, because isolating a circle doubles the work at every level.
- `send` isolates the receivers that a plugin owns, and leaves what failed out of its result.
- The tables are made anew each time. Taking a sender out of `connections` disconnects it, and `update` or assigning
  puts it back; the inner dicts and lists are copies. `senders` and `sendersBack` follow: what is written to them has no
  effect.
- A weak receiver is one reference in the tables, however many senders it is connected to. References to methods are
  equal, not identical; each tells its own `onDelete`, once.
- A Portico signal can stand for itself: `connect(receiver, signal=user_created)` hears it whoever sends it. Receivers
  of `Any` signal hear what `dispatcher.send` sends.
- Positional arguments of a send are no payload: taps, and receivers that Portico connected, do not see them.
- A bound method is no lasting sender: it is a new object each time it is written. Use the object that it belongs to.
- Within an `Ownership` (while a plugin is being enabled) connections are strong and belong to the plugin.
"""

import sys
from collections.abc import Callable

from portico.compat import standing_in
from portico.compat.pydispatcher import dispatcher, errors, robust, robustapply, saferef

__all__ = ["dispatcher", "errors", "install", "robust", "robustapply", "saferef"]

_MODULES = ("dispatcher", "errors", "robust", "robustapply", "saferef")

__version__ = "2.0.7"  # What it stands in for.


def install() -> Callable[[], None]:
    """Have `import pydispatch` give this module, in this process; return what undoes it for imports yet to come.

    Raises:
        ConfigurationError: the real `pydispatch` is imported already.
    """
    modules = {
        module.__name__.rpartition(".")[2]: module for module in (dispatcher, errors, robust, robustapply, saferef)
    }
    return standing_in.stand_in(
        {"pydispatch": sys.modules[__name__]} | {f"pydispatch.{name}": module for name, module in modules.items()}
    )
