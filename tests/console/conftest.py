"""Provides applications with a console, and plugins to switch in it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NoReturn

import pytest
from flask import Flask

from portico import IPluginBootstrap, ISignal, Plugin, Portico, SingletonPlugin, implements
from portico.builtin import request_started, user_created
from portico.console import create_console
from portico.plugins import SubscriptionMapping


class Greeter(SingletonPlugin):
    """Greets <everybody> who gets an account."""

    implements(ISignal)

    def get_signal_subscriptions(self) -> SubscriptionMapping:
        return {user_created: [{"receiver": self.greet, "sender": "nora", "order": 3}]}

    def greet(self, sender: str, /, **payload: Any) -> None:
        pass


class Broken(SingletonPlugin):
    """Cannot be enabled."""

    implements(IPluginBootstrap)

    def bootstrap(self) -> NoReturn:
        raise LookupError("no <mail> server configured")


class Tripping(SingletonPlugin):
    """Fails on every request."""

    implements(ISignal)

    def get_signal_subscriptions(self) -> SubscriptionMapping:
        return {request_started: [self.trip]}

    def trip(self, app: object, /) -> NoReturn:
        raise RuntimeError("tripped")


StartBare = Callable[..., Flask]


@pytest.fixture
def start_bare() -> Iterator[StartBare]:
    """Start a Flask application that has nothing to do with the portal, or the one given, with a console in it."""
    running = ExitStack()

    def start(
        *plugins: type[Plugin],
        authorise: Any = lambda: None,
        app: Flask | None = None,
        name: str | None = None,
        **options: Any,
    ) -> Flask:
        if app is None:
            app = Flask("bare")
            app.secret_key = "k" * 32
        console = create_console(authorise=authorise, **options)
        app.register_blueprint(console, url_prefix="/console", name=name or console.name)
        host = Portico(plugins=plugins)
        running.callback(host.close)
        host.init_app(app)
        return app

    with running:
        yield start
