"""Counts failed sign-ins, and sends a signal when there are too many for one name."""

import logging
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock
from time import monotonic

import portico.toolkit as tk
from portico_login_guard.settings import Settings
from portico_login_guard.signals import guessing_suspected

logger = logging.getLogger(__name__)

MOST_NAMES = 10_000


class LoginGuard(tk.SingletonPlugin):
    """Notices when somebody tries one password after another."""

    tk.implements(tk.ISignal)

    def get_signal_subscriptions(self) -> tk.SubscriptionMapping:
        """Begin to count, with the settings of now: this is asked once each time the plugin is enabled."""
        self.tally = Tally(Settings.read())
        return {
            tk.signals.failed_login: [self.count],
            tk.signals.user_logged_in: [self.forget],
        }

    def count(self, name_as_typed: str, /) -> None:
        """Count a failure, and tell if it is one too many."""
        failures = self.tally.add(name_as_typed)
        if failures:
            # Without the name: people type their password there, too.
            logger.warning("%d sign-ins failed for one name: somebody may be guessing", failures)
            guessing_suspected.send(name_as_typed, failures=failures, seconds=self.tally.settings.seconds)

    def forget(self, _app: object, /, *, user: tk.signals.User) -> None:
        """Forget the failures of somebody who knew the password in the end."""
        self.tally.forget(user.name)


class Tally:
    """The failures of each name within the time that counts. Of so many names only, as strangers choose them."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = monotonic) -> None:
        self.settings = settings
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._told: set[str] = set()
        # A request is served in a thread, and so are its receivers.
        self._lock = Lock()

    def add(self, name: str) -> int:
        """Count one; return how many there were if that is to be told now, else 0."""
        key, now = name.casefold(), self._clock()
        with self._lock:
            times = self._failures.setdefault(key, deque(maxlen=self.settings.failures))
            self._failures.move_to_end(key)
            if times and now - times[-1] > self.settings.seconds:
                times.clear()
                self._told.discard(key)
            times.append(now)
            self._forget_the_oldest()
            suspicious = len(times) == self.settings.failures and now - times[0] <= self.settings.seconds
            if not suspicious or key in self._told:
                return 0
            self._told.add(key)
            return len(times)

    def forget(self, name: str) -> None:
        """Count from nothing again."""
        with self._lock:
            self._failures.pop(name.casefold(), None)
            self._told.discard(name.casefold())

    def _forget_the_oldest(self) -> None:
        while len(self._failures) > MOST_NAMES:
            name, _ = self._failures.popitem(last=False)
            self._told.discard(name)
