"""Follows the units of work of a session: what a flush is about to do and has done, and what all of them come to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from sqlalchemy import inspect
from sqlalchemy.orm.attributes import instance_state

from portico.sources.sqlalchemy.cascades import Affected, affected_by, settled
from portico.sources.sqlalchemy.changes import Changes, OldValues, changes_of, is_expression, merge, settle_expressions
from portico.sources.sqlalchemy.connection import waiting
from portico.sources.sqlalchemy.loaded import load_missing
from portico.transactions import Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy.orm import InstanceState, Mapper, Session
    from sqlalchemy.orm.unitofwork import UOWTransaction

    from portico.transactions import Event, Wait

Kind = Literal["create", "modify", "delete"]

Send: TypeAlias = "Callable[[Kind, type[Any], object, Changes], object]"
"""Sends the kind's signal: the sender, the object, and what is changed of it."""


@dataclass(frozen=True)
class Change:
    """One row that a flush has created, changed or deleted. Called after the commit, it is told of."""

    kind: Kind
    event: Event
    key: object
    """What identified the row before."""
    key_after: object
    mapper: Mapper[Any]
    tell: Callable[[Event, Wait | None], object]

    def __call__(self, wait: Wait | None) -> None:
        """Tell of it."""
        self.tell(self.event, wait)

    def entry(self, net: Callable[[list[Entry]], Iterable[Entry]]) -> Entry:
        """Return what is recorded in the transaction."""
        return Entry(self.event.signal.label, self, (self.event.payload["instance"],), net)


@dataclass
class _Row:
    """What the changes of one row come to. Deleted and created again, it is both."""

    deleted: Change | None = None
    created: Change | None = None
    modified: Change | None = None

    def add(self, change: Change) -> None:
        if change.kind == "create":
            self.created = change
        elif change.kind == "delete":
            if self.created is None:
                self.deleted = change
            self.created = self.modified = None
        elif self.created is None:
            self.modified = _merged(self.modified, change)

    def __iter__(self) -> Iterator[Change]:
        if self.modified is not None and self.modified.event.payload["changes"]:
            yield self.modified
        yield from (each for each in (self.deleted, self.created) if each is not None)


def _merged(first: Change | None, then: Change) -> Change:
    if first is None:
        return then
    changes = merge(then.mapper, first.event.payload["changes"], then.event.payload["changes"])
    payload = {**then.event.payload, "changes": changes}
    return replace(first, event=replace(first.event, payload=payload))


def net(changes: Iterable[Change]) -> list[Change]:
    """Return what the changes of a transaction come to, row by row, in the order in which rows were first changed."""
    rows: dict[object, _Row] = {}
    order: list[_Row] = []
    for change in changes:
        row = rows.pop(change.key, None)
        if row is None:
            row = _Row()
            order.append(row)
        row.add(change)
        rows[change.key_after] = row
    return [change for row in order for change in row]


class Result(NamedTuple):
    """What a flush has done of one row."""

    kind: Kind
    mapper: Mapper[Any]
    instance: Any
    changes: Changes
    key: object
    key_after: object


class Flush:
    """One flush of a session: what receivers were told before it, and what it turned out to do.

    Args:
        session: the session.
        sender_of: returns the sender of a class's signals; None if it has none.
        classes: those whose rows are looked for where the database itself deletes and changes them.
        objects: the only ones to be flushed, where somebody asked for that.
    """

    def __init__(
        self,
        session: Session,
        sender_of: Callable[[type[Any]], type[Any] | None],
        classes: Iterable[type[Any]],
        objects: Iterable[object] | None = None,
    ) -> None:
        self.session: Final = session
        self._sender_of: Final = sender_of
        self._classes: Final = tuple(classes)
        self._affected: Final[dict[InstanceState[Any], Affected]] = {}
        self._only: Final = {inspect(each) for each in objects} if objects else None
        self._old: Final = OldValues(session)
        self._told: Final[dict[tuple[InstanceState[Any], Kind], None]] = {}
        self._keys: Final[dict[InstanceState[Any], object]] = {}
        self._changes: Final[dict[InstanceState[Any], Changes]] = {}
        self._order: Final[dict[InstanceState[Any], None]] = {}
        self._done: Final[list[tuple[Kind, InstanceState[Any], object, Changes]]] = []

    def announce(self, send: Send) -> None:
        """Send what is about to happen. Receivers may change, add and delete objects: these are announced too."""
        while coming := self._coming():
            for kind, state, changes in coming:
                self._announce(kind, state, changes, send)

    def announce_late(self, kind: Kind, state: InstanceState[Any], send: Send) -> None:
        """Send what shows only in the flush: orphans, and rows that it changes for the sake of others."""
        self._order[state] = None
        changes = Changes()
        if kind == "modify":
            self._old.note([state])
            # Kept, as the statement makes SQLAlchemy forget expressions and what waits for collections to be loaded.
            changes = self._changes[state] = changes_of(state, self._old)
        if (state, kind) not in self._told and (changes or kind != "modify"):
            self._announce(kind, state, changes, send)

    def _announce(self, kind: Kind, state: InstanceState[Any], changes: Changes, send: Send) -> None:
        self._told[state, kind] = None
        if kind == "delete" or (kind == "modify" and waiting() is not None):
            # Nothing can be loaded any more when a deletion is told of after the commit, nor by receivers that are
            # awaited in the flush.
            load_missing(self.session, state)
        self._keys.setdefault(state, state.key)
        instance = state.obj()
        sender = self._sender_of(state.class_)
        if instance is not None and sender is not None:
            send(kind, sender, instance, changes)
        if kind == "delete":
            self._follow(state, send)

    def _follow(self, state: InstanceState[Any], send: Send) -> None:
        """Announce what the database deletes and changes together with a row."""
        for each in affected_by(self.session, state, self._classes):
            child: InstanceState[Any] = inspect(each.instance)
            if each.instance in self.session.deleted or (child, each.kind) in self._told or child in self._affected:
                continue
            self._affected[child] = each
            changes = {each.attribute: (each.before, None)} if each.kind == "modify" else {}
            self._announce(each.kind, child, changes, send)

    def _coming(self) -> list[tuple[Kind, InstanceState[Any], Changes]]:
        session = self.session
        new = sorted(self._signalled(session.new), key=lambda state: state.insert_order or 0)
        dirty = _by_key(self._signalled(session.dirty))
        found: list[tuple[Kind, InstanceState[Any], Changes]] = [
            ("create", state, {}) for state in new if not _is_orphan(state)
        ]
        orphans = {state for state in dirty if _is_orphan(state)}
        found += [("delete", state, {}) for state in dirty if state in orphans]
        # Those that were announced are not looked at again: it costs the most, and each is announced once.
        modified = [state for state in dirty if (state, "modify") not in self._told and state not in orphans]
        self._old.note(modified)
        for state in modified:
            if changes := changes_of(state, self._old, foreseen=True):
                found.append(("modify", state, changes))
        found += [("delete", state, {}) for state in _by_key(self._signalled(session.deleted))]
        return [each for each in found if (each[1], each[0]) not in self._told]

    def _signalled(self, objects: Iterable[object]) -> list[InstanceState[Any]]:
        states = [instance_state(each) for each in objects if self._sender_of(type(each)) is not None]
        return [each for each in states if self._only is None or each in self._only]

    def finish(self, context: UOWTransaction) -> None:
        """Note what was done, while the history of the objects is still there."""
        order = {state: number for number, state in enumerate(self._order)}
        states = [each for each in context.states if self._sender_of(each.class_) is not None]
        states.sort(key=lambda state: order.get(state, len(order)))
        new = {instance_state(each) for each in self.session.new}
        deleted = {instance_state(each) for each in self.session.deleted}
        for state in states:
            is_deleted, is_only_listed = context.states[state]
            # Held from here on: when the flush has finished, a session lets go of what nobody else holds.
            instance = state.obj()
            if is_deleted and is_only_listed and state in deleted:
                # Its row is taken over by a new object with the same key: that one comes after it.
                self._done.insert(0, ("delete", state, instance, {}))
            elif is_only_listed:
                continue
            elif is_deleted:
                self._done.append(("delete", state, instance, {}))
            elif state in new:
                self._done.append(("create", state, instance, {}))
            elif changes := self._changes_done(state):
                self._done.append(("modify", state, instance, changes))

    def _changes_done(self, state: InstanceState[Any]) -> Changes:
        before = self._changes.get(state, {})
        after = changes_of(state, self._old)
        return before | {
            key: each for key, each in after.items() if not is_expression(before.get(key, (None, None))[1])
        }

    def results(self) -> Iterator[Result]:
        """Return what was done of each row, once the flush has finished."""
        for kind, state, instance, changes in self._done:
            if kind == "modify":
                settle_expressions(state, instance, changes, self._old)
                if not changes:
                    continue
            before = state.key if kind == "create" else self._keys.get(state) or state.key
            yield Result(kind, state.mapper, instance, changes, before, state.key)
        flushed = {state for _, state, _, _ in self._done}
        for state, each in self._affected.items():
            happened, now = settled(self.session, each) if state not in flushed else (False, None)
            if happened:
                changes = {each.attribute: (each.before, now)} if each.kind == "modify" else {}
                yield Result(each.kind, state.mapper, each.instance, changes, state.key, state.key)


def _is_orphan(state: InstanceState[Any]) -> bool:
    return bool(state.mapper._is_orphan(state))  # noqa: SLF001 - what the flush itself asks


def _by_key(states: list[InstanceState[Any]]) -> list[InstanceState[Any]]:
    try:
        return sorted(states, key=lambda state: (state.class_.__name__, state.key[1] if state.key else ()))
    except TypeError:
        # Keys of kinds that have no order.
        return states
