"""Runs one action, and tells of it: before it runs, and once what it did is stored; secrets are masked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from portico.builtin import action_succeeded, before_action
from portico.signals import MASK
from portico.transactions import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portico.actions.chains import Chain, Context, DataDict
    from portico.transactions import Transaction

_depth: Final[ContextVar[int]] = ContextVar("portico_action_depth", default=0)


def action_depth() -> int:
    """Return how deep the running action was called; in a receiver of its signals, the one that they are about.

    1 for an action that was called from outside, 2 for one that this called, and so on; 0 where there is none.
    """
    return _depth.get()


@contextmanager
def at_depth(depth: int) -> Iterator[None]:
    """Say how deep the action is that runs or is told of, for the length of a `with` block."""
    token = _depth.set(depth)
    try:
        yield
    finally:
        _depth.reset(token)


def run(name: str, chain: Chain, context: Context, data_dict: DataDict, transaction: Transaction) -> Any:
    """Run an authorised action in a transaction, and send its signals."""
    commits = transaction.commits
    before_action.send(
        name, context=masked_copy(context, chain.sensitive), data_dict=masked_copy(data_dict, chain.sensitive)
    )
    result = chain.call(context, data_dict)
    # Copied now: by the time of the commit the caller may have filled its dict with something else.
    payload = {
        "context": masked_copy(context, chain.sensitive),
        "data_dict": masked_copy(data_dict, chain.sensitive),
        "result": masked_copy(result, chain.sensitive),
    }
    # Reading after its own commit begins a transaction that nobody need ever commit.
    is_stored = transaction.commits > commits and not transaction.has_writes
    if transaction.is_open and not is_stored:
        transaction.record(Event.of(action_succeeded, name, **payload), around=at_depth(_depth.get()))
    else:
        action_succeeded.send(name, **payload)
    return result


def masked_copy(value: Any, sensitive: frozenset[str]) -> Any:
    """Return a copy of a value by its structure, with the values of `sensitive` keys masked at any depth.

    Objects that are no plain containers are shared: sessions and mapped objects stay what they are.
    """
    return _copy(value, sensitive, {})


def _copy(value: Any, sensitive: frozenset[str], done: dict[int, Any]) -> Any:
    if not isinstance(value, Mapping | list | tuple | set):
        return value
    if id(value) in done:  # It holds itself.
        return done[id(value)]
    if isinstance(value, Mapping):
        mapping = done[id(value)] = {}
        for key, each in value.items():
            mapping[key] = MASK if key in sensitive and each is not None else _copy(each, sensitive, done)
        return mapping
    if isinstance(value, list):
        items = done[id(value)] = []
        items.extend(_copy(each, sensitive, done) for each in value)
        return items
    if isinstance(value, set):
        return set(value)
    return tuple(_copy(each, sensitive, done) for each in value)
