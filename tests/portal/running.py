"""A portal that runs in the test's own process, and what tests do with it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from flask import Flask

from portico import Signal
from portico.portal import Portal, create_user
from portico.portal.models import User
from tests.portal.visitor import Visitor

PASSWORD = "correct horse battery"


@dataclass
class MovableClock:
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def move(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class RunningPortal:
    """A portal, and what tests do with it."""

    app: Flask

    @property
    def parts(self) -> Portal:
        portal: Portal = self.app.extensions["portal"]
        return portal

    def visitor(self, **more: Any) -> Visitor:
        return Visitor(self.app, **more)

    def add_user(self, name: str, *, password: str | None = PASSWORD, **more: Any) -> User:
        with self.app.app_context(), self.parts.database.session() as session:
            return create_user(session, name=name, email=f"{name}@example.org", password=password, **more)

    def signed_in(self, name: str, **more: Any) -> Visitor:
        self.add_user(name, **more)
        visitor = self.visitor()
        assert visitor.sign_in(name, PASSWORD).status_code == 302
        return visitor

    def load(self, user: User) -> User:
        with self.parts.database.session() as session:
            loaded = session.get(User, user.id)
            assert loaded is not None
            return loaded


class StartPortal(Protocol):
    def __call__(self, **settings: Any) -> RunningPortal: ...


@contextmanager
def heard(*signals: Signal[...]) -> Iterator[list[tuple[str, object, dict[str, Any]]]]:
    """What these signals sent: name, sender, payload."""
    sends: list[tuple[str, object, dict[str, Any]]] = []

    def note(name: str) -> Callable[..., None]:
        return lambda sender, **payload: sends.append((name, sender, payload))

    with ExitStack() as stack:
        for signal in signals:
            stack.enter_context(signal.connected_to(note(signal.name)))
        yield sends
