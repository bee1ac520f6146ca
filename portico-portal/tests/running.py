"""Runs a portal in the test's own process, and does with it what tests ask for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from flask import Flask
from werkzeug.test import TestResponse

from portico import Portico, Signal
from portico.actions import IActions, IAuthFunctions
from portico.plugins import PluginScope
from portico.toolkit import get_action
from portico_portal import Database, Portal
from portico_portal.actions import register_actions
from portico_portal.models import User
from tests.mail_server import MailServer
from tests.visitor import Visitor

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

    def take_from(self, part: Any, owner: str) -> Callable[[], None]:
        """Take the actions of a plugin that is not installed; return what undoes it."""
        actions, scope = self.app.extensions["portico"].actions, PluginScope(owner, rank=1)
        if IActions.provided_by(part):
            actions.take_actions(part, scope)
        if IAuthFunctions.provided_by(part):
            actions.take_auth_functions(part, scope)
        return scope.close

    def visitor(self, **more: Any) -> Visitor:
        return Visitor(self.app, **more)

    def add_user(self, name: str, *, password: str | None = PASSWORD, **more: Any) -> User:
        data_dict = {"name": name, "email": f"{name}@example.org", "password": password, **more}
        with self.app.app_context():
            made = get_action("user_create")({"ignore_auth": True}, data_dict)
        return self.load(made["id"])

    def act(self, name: str, /, *, by: str = "", **data_dict: Any) -> Any:
        """Call an action for somebody, outside of any request."""
        with self.app.app_context(), self.parts.database.session() as session:
            return get_action(name)({"session": session, "user": by, "remote_address": "127.0.0.1"}, data_dict)

    def signed_in(self, name: str, **more: Any) -> Visitor:
        self.add_user(name, **more)
        visitor = self.visitor()
        assert visitor.sign_in(name, PASSWORD).status_code == 302
        return visitor

    def load(self, user_id: int) -> User:
        with self.parts.database.session() as session:
            return session.get_one(User, user_id)


def sign_up(visitor: Visitor, mail_server: MailServer, *, password: str = PASSWORD, **typed: str) -> TestResponse:
    """Make an account through the pages, with the link in the mail."""
    asked = visitor.submit("/sign-up", **typed)
    assert asked.status_code == 200, asked.text
    assert "Look into your mail" in asked.text, asked.text
    visitor.get(mail_server.link())
    return visitor.submit("/sign-up/password", password=password)


def add_user(database: Database, name: str, *, password: str | None = PASSWORD, **more: Any) -> User:
    """Make an account in a database that no portal runs on."""
    registry = Portico().actions
    register_actions(registry)
    data_dict = {"name": name, "email": f"{name.lower()}@example.org", "password": password, **more}
    with database.session() as session:
        made = registry.call("user_create", {"session": session, "ignore_auth": True}, data_dict)
        return session.get_one(User, made["id"])


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
