"""One action as it is called, and what is told of it: before it runs, and once what it did is stored."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from portico.actions.payloads import masked_copy
from portico.builtin import action_succeeded, before_action
from portico.transactions import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portico.actions.chains import Chain, Context, DataDict
    from portico.actions.registry import ActionRegistry
    from portico.transactions import Transaction

_depth: Final[ContextVar[int]] = ContextVar("portico_action_depth", default=0)


def action_depth() -> int:
    """Return how deep the running action was called; in a receiver of its signals, the one that they are about.

    1 for an action that was called from outside, 2 for one that this called, and so on; 0 where there is none.
    """
    return _depth.get()


class Action:
    """An action, by name: call it as `(context, data_dict)`. What the name stands for is looked up at each call."""

    def __init__(self, registry: ActionRegistry, name: str) -> None:
        self._registry: Final = registry
        self.name: Final = name

    def __call__(self, context: Context | None = None, data_dict: DataDict | None = None) -> Any:
        """Authorise the action, run it and return its result; both arguments are empty if left out.

        Raises:
            NotAuthorizedError: whoever asks may not do it.
            NotFoundError: the action is gone with its plugin, or what it is about is not there.
            ValidationError: fields of `data_dict` cannot be taken as they are.
            Exception: whatever else the action raises.
        """
        return self._registry.call(self.name, context, data_dict)

    @property
    def side_effect_free(self) -> bool:
        """Whether it may be called by GET."""
        return self._registry.chain(self.name).is_side_effect_free

    @property
    def doc(self) -> str:
        """What the action says of itself."""
        return self._registry.chain(self.name).doc

    def __repr__(self) -> str:
        return f"<Action {self.name!r}>"


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
