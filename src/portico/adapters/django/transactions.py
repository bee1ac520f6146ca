"""Sends what was recorded in a transaction of Django once it is stored: `transaction.on_commit`, of any database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeAlias
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.transaction import TransactionManagementError

from portico.errors import TransactionError
from portico.transactions import Event, Recorded, Recording, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.signals import Signal
    from portico.transactions import Entry

P = ParamSpec("P")

Using: TypeAlias = "str | Transaction | None"
"""The alias of a database, None for the default one; or a transaction itself, `AT_ONCE` for one."""

_running: Final[WeakKeyDictionary[Any, Recorded]] = WeakKeyDictionary()
"""What is being sent after a commit, by connection; each thread has its own connections."""


def send_after_commit(using: Using, signal: Signal[P], /, *args: P.args, **kwargs: P.kwargs) -> None:
    """Record a send in the transaction of a database.

    It goes out when the outermost `atomic` block has committed; at once outside of any, where Django stores each
    statement. It is dropped when the block, or an inner one that it was recorded in, rolls back. Receivers are
    isolated whatever the signal's policy, as nothing can be undone any more.

    Args:
        using: the alias of the database, None for the default one.
        signal: what to send.
        *args: the sender.
        **kwargs: the payload.

    Raises:
        TypeError: the payload is not the declared one, or `using` is neither.
        TransactionError: there is no such database, or nothing can be recorded in it as it is.
    """
    transaction_of(using).record(Event.of(signal, *args, **kwargs))


def call_after_commit(using: Using, call: Callable[[], object], *, label: str) -> None:
    """Record any call as `send_after_commit` records a send.

    Args:
        using: as there.
        call: what is done; what it raises is logged, and stops nothing.
        label: what the log calls it.

    Raises:
        TypeError: `using` is neither an alias nor a transaction.
        TransactionError: there is no such database, or nothing can be recorded in it as it is.
    """
    transaction_of(using).call_after_commit(call, label)


def transaction_of(using: Using = None) -> Transaction:
    """Return the transaction that this thread is in with a database, or would be.

    Raises:
        TypeError: what was given is neither the alias of a database nor a transaction.
        TransactionError: there is no such database.
    """
    given: object = using
    if given is None or isinstance(given, str):
        return RecordingDatabase(given or DEFAULT_DB_ALIAS)
    if isinstance(given, Transaction):
        return given
    msg = f"cannot record in {type(given).__name__}: pass the alias of a database, or None for the default one"
    raise TypeError(msg)


class RecordingDatabase(Recording):
    """The transaction that this thread is in with one database."""

    commits: Final = 0

    def __init__(self, alias: str) -> None:
        if alias not in connections.settings:
            known = ", ".join(sorted(connections.settings))
            msg = f"cannot record in the database {alias!r}, which DATABASES does not have; it has {known}"
            raise TransactionError(msg)
        self._connection: Final[Any] = connections[alias]

    @property
    def is_open(self) -> bool:
        """Whether this is inside of an `atomic` block."""
        return bool(self._connection.in_atomic_block)

    @property
    def has_writes(self) -> bool:
        """Whether there is a transaction: Django does not know what is in it."""
        return self.is_open

    def _add(self, entry: Entry) -> None:
        connection = self._connection
        running = _running.get(connection)
        if running is not None and not connection.in_atomic_block:
            # By a receiver of what is being sent: after that, as Django would do it in the middle of it.
            running.add(entry)
            return
        try:
            connection.on_commit(lambda: _run(connection, entry))
        except TransactionManagementError as error:
            msg = "cannot record where autocommit is off and no atomic() block is open: Django tells nobody of commits"
            raise TransactionError(msg) from error


def _run(connection: Any, entry: Entry) -> None:
    before = _running.get(connection)
    _running[connection] = recorded = Recorded()
    recorded.add(entry)
    try:
        recorded.run(None)
    finally:
        if before is None:
            del _running[connection]
        else:
            _running[connection] = before
