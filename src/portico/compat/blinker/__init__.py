"""Offers the interface of blinker 1.9 on Portico's engine; `install()` lets it be imported as `blinker`.

Existing code runs on it unchanged. Where it differs, it is on purpose:

- Receivers are called in the order of connecting, always: an order that is random from run to run hides mistakes.
  `set_class` is accepted and has no effect.
- A coroutine receiver under `send` without `_async_wrapper`, or a plain one under `send_async` without `_sync_wrapper`,
  is refused before anybody is called; blinker notices when its turn comes, after others already ran. An object with an
  `async def __call__` is a coroutine receiver; blinker throws its coroutine away.
- `connected_to(receiver, sender)` undoes its own connection only, and tells `receiver_disconnected` of that sender;
  blinker drops everything that the receiver is connected to.
- `muted()` nests and holds until the outermost block ends. While muted, nobody counts as a receiver, so that callers
  who ask `has_receivers_for` do no work in vain.
- Connecting a receiver once more adds nothing, but a strong connection stays strong; in blinker, a later weak one makes
  it weak.
- Senders 0 and False are ordinary senders; blinker takes them for `ANY`, and fails an assertion over it. `True` is no
  1, but 1.0 is; and a number is never taken for an object.
- `disconnect(receiver, sender)` leaves nothing behind, nor does a sender that dies: once nobody is connected,
  `receivers` is falsy, `has_receivers_for` False, and the books hold no empty sets. In blinker, they go on saying yes.
- `_by_receiver`, `_by_sender` and `_weak_senders` are made anew each time, to be looked at. `receivers` is as there:
  what is taken out is disconnected, and is back with its senders when it is put back; a plugin's stays the plugin's.
- Bound methods that are connected weakly can be copied and pickled with their signal; blinker refuses.
- Whatever a receiver of `receiver_connected` raises, the connection is not made; blinker undoes it for TypeError only.
- `send` and `send_async` isolate the receivers that a plugin owns, and leave what failed out of their results.
- A bound method is no lasting sender: it is a new object each time it is written. Use the object that it belongs to.
- Within an `Ownership` (while a plugin is being enabled) connections are strong and belong to the plugin.
"""

from collections.abc import Callable

from portico.compat import standing_in
from portico.compat.blinker import _utilities, base
from portico.compat.blinker.base import ANY, NamedSignal, Namespace, Signal, default_namespace, signal

__all__ = ["ANY", "NamedSignal", "Namespace", "Signal", "default_namespace", "install", "signal"]


def install() -> Callable[[], None]:
    """Have `import blinker` give this module, in this process; return what undoes it for imports yet to come.

    Call it before anything imports blinker (Flask does), or it is refused.

    Raises:
        ConfigurationError: the real blinker is imported already.
    """
    import sys  # noqa: PLC0415 - only here

    modules = {"blinker": sys.modules[__name__], "blinker.base": base, "blinker._utilities": _utilities}
    return standing_in.stand_in(modules)
