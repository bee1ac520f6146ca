"""Offers the interface of Django 5.2's `django.dispatch` on Portico's engine; `install()` lets Django itself use it.

Existing code runs on it unchanged. Where it differs, it is on purpose:

- Senders that are strings or numbers are compared by value; to Django, two equal strings are different senders.
- Under `send` and `send_robust`, coroutine receivers run one after another, in the order of connecting, after the plain
  ones; Django runs them side by side, in no order that could be relied on. In `asend` they run side by side in both.
- What fails in an `asend` leaves nothing running: the coroutine receivers that were begun are cancelled.
- With a coroutine receiver, `send` inside a running event loop is refused before anybody is called; Django calls the
  plain receivers first.
- `send` and `asend` isolate the receivers that a plugin owns, and leave what failed out of their results.
- `send_robust` tells who observes failures, too. It isolates `SystemExit`, unless a signal handler of the process
  raised it. Out of it and of `asend_robust` comes the RecursionError of a signal that its receivers send again:
  isolating a circle doubles the work at every level.
- Receivers without `**kwargs` are refused with ValueError where Django does (`DEBUG`), and wherever there is no Django.
  What is not callable is always refused.
- `use_caching` is accepted and not needed: senders are looked up as quickly without it, and need not be weakly
  referenceable. `sender_receivers_cache` is always empty, `_dead_receivers` always False. The references to receivers
  are made in the engine: who replaces `weakref.ref` to count them sees none.
- `receivers` is a list as there, of the living: what is taken out is disconnected, and is connected again when it is
  put back, a plugin's for that plugin. In a tuple made by hand, the sender has to be one that the signal knows.
- `lock` is one for all signals, and may be taken again by the thread that holds it.
- Who wraps `_live_receivers` may leave plain receivers out and replace them; what it adds or does to coroutine
  receivers has no effect.
- A bound method is no lasting sender: it is a new object each time it is written. Use the object that it belongs to.
- Within an `Ownership` (while a plugin is being enabled) connections are strong and belong to the plugin.
"""

import sys
from collections.abc import Callable

from portico.compat import standing_in
from portico.compat.django_dispatch import dispatcher
from portico.compat.django_dispatch.dispatcher import Signal, receiver

__all__ = ["Signal", "install", "receiver"]


def install() -> Callable[[], None]:
    """Have `import django.dispatch` give this module, in this process; return what undoes it for imports yet to come.

    Call it before anything of Django is imported, or it is refused.

    Raises:
        ConfigurationError: the real `django.dispatch` is imported already.
        ModuleNotFoundError: Django is not installed.
    """
    return standing_in.stand_in({"django.dispatch": sys.modules[__name__], "django.dispatch.dispatcher": dispatcher})
