"""Opens a host for a Flask application: its requests and sign-ins are signals, and plugins bring pages to it."""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager, nullcontext
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from portico.adapters.flask_tables import FlaskTables
from portico.builtin import register_blueprint, request_finished, request_started, user_logged_in, user_logged_out
from portico.errors import HostError, MissingExtraError, PluginError
from portico.host import Portico
from portico.plugins import Failure, IBlueprint, PluginManager, PluginState
from portico.signals import Undo, Undoing, log_failure

try:
    import flask
except ImportError as error:
    raise MissingExtraError("Flask", "flask") from error
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy

from portico.adapters.flask_command import look_if_that_is_all, offer_command

try:
    import flask_login
except ImportError:  # Flask is of use without it.
    flask_login = None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from flask import Flask

    from portico.adapters.flask_tables import Owner
    from portico.plugins import PluginScope

    Typed = tuple[str | None, Any]
    """A blueprint and what its pages are about; None if it does not say."""

logger = logging.getLogger(__name__)

STAGE: Final = "blueprint"
"""What failures of plugins with their pages are listed under."""

_PAGES: Final = "pages"
_numbers: Final = count()
_FINISHED: Final = "portico.request_finished"


def host_of(application: object) -> Portico | None:
    """Return the host that was opened for a Flask application; None if there is none, or it is no such application."""
    host = application.extensions.get("portico") if isinstance(application, flask.Flask) else None
    return host if isinstance(host, Portico) else None


class FlaskApplication:
    """One Flask application, as its host sees it. What plugins put into its tables works while they are on."""

    def __init__(self, app: Flask) -> None:
        self._app: Final = app
        self._tables: Final = FlaskTables(app)
        look_if_that_is_all()
        self._waiting: Final[list[tuple[PluginScope, list[Typed]]]] = []
        """Pages that are yet to be registered, by the scope that they came in."""
        self._registered: Final[set[str]] = set()
        """The plugins whose pages are part of the application."""
        self._is_being_built = True

    def context(self) -> AbstractContextManager[object]:
        """Return the context in which plugins are enabled; one that is there already is not torn down."""
        if flask.has_app_context() and flask.current_app == self._app:
            return nullcontext()
        return self._app.app_context()

    def offer(self, host: Portico) -> Undo:
        """Let plugins bring pages, and know what else their code puts into the application; return what undoes it."""
        with ExitStack() as undo:
            undo.callback(host.contributions.surround(lambda scope: self._watch(host, scope)))
            undo.callback(host.contributions.offer(IBlueprint, take=self._take_pages, stage=STAGE))
            return Undoing(undo.pop_all().close)

    def register(self, host: Portico) -> None:
        """Register the pages of enabled plugins, in their order; one that cannot be registered fails its plugin.

        Flask allows that only while the application is built.
        """
        self._is_being_built = False
        for scope, blueprints in sorted(self._waiting, key=lambda each: each[0].rank):
            lasting: list[str] = []
            try:
                for kind, blueprint in blueprints:
                    if kind is not None:
                        register_blueprint.send(kind, blueprint=blueprint)
                    with self._tables.registering((scope.owner, _PAGES), lasting):
                        self._app.register_blueprint(blueprint)
            except Exception as error:  # noqa: BLE001 - it is the plugin's own
                host.manager.fail(scope.owner, Failure.of(STAGE, error))
                message = "the pages of plugin %s could not be registered; it was disabled"
                log_failure(logger, message, scope.owner, error=error)
                self._tables.take_out((scope.owner, _PAGES))
            self._registered.add(scope.owner)
            host.manager.note_lasting(scope.owner, lasting)
        self._waiting.clear()
        # First, so that nobody else looks at a request for a page of a plugin that is off.
        self._app.before_request_funcs.setdefault(None, []).insert(0, lambda: self._check(host.manager))

    def _take_pages(self, part: IBlueprint, scope: PluginScope) -> None:
        """Take the pages of a plugin: put back those that are registered, have new ones registered, if it is time."""
        if scope.owner in self._registered:
            self._tables.put_back((scope.owner, _PAGES))
        else:
            blueprints = read_blueprints(part.get_blueprint())
            scope.needs_restart = bool(blueprints) and not self._is_being_built
            if self._is_being_built:
                waiting = (scope, blueprints)
                self._waiting.append(waiting)
                scope.callback(lambda: self._waiting.remove(waiting) if waiting in self._waiting else None)
        scope.callback(lambda: self._tables.take_out((scope.owner, _PAGES)))

    @contextmanager
    def _watch(self, host: Portico, scope: PluginScope) -> Iterator[None]:
        """Run plugin code in the application's context; undo with the scope what it puts into the application."""
        lasting: list[str] = []
        key = (scope.owner, f"code {next(_numbers)}")
        with self.context(), self._tables.registering(key, lasting):
            # First: what undoes it comes after whatever the block itself hangs on the scope.
            scope.add(_OfCode(self._tables, key))
            yield
        if lasting:
            host.manager.note_lasting(scope.owner, lasting)

    def serve(self, host: Portico) -> Undo:
        """Let the host be asked for, and follow requests and sign-ins; return what undoes it."""
        with ExitStack() as undo:
            undo.callback(self._extend(host))
            # A guard that aborts a request must not be swallowed: that would open what it guards.
            undo.callback(request_started.let_pass(HTTPException))
            undo.callback(watch_requests(self._app, before=host.plugins.check, after=host.plugins.settle))
            if flask_login is not None:
                undo.callback(watch_logins(self._app))
            return Undoing(undo.pop_all().close)

    def refuse(self, host: Portico, why: str) -> Undo:
        """Let every request fail with a `HostError`; the host can still be asked for. Return what undoes it."""

        def refuse(_: Flask, **__: Any) -> None:
            raise HostError(why)

        with ExitStack() as undo:
            undo.callback(_connect(self._app, {flask.request_started: refuse}))
            undo.callback(self._extend(host))
            return Undoing(undo.pop_all().close)

    def _extend(self, host: Portico) -> Undo:
        self._app.extensions["portico"] = host
        with ExitStack() as undo:
            undo.callback(self._app.extensions.pop, "portico", None)
            undo.callback(offer_command(self._app, host))
            return Undoing(undo.pop_all().close)

    def _check(self, manager: PluginManager) -> None:
        name = self._tables.page_owner(flask.request.endpoint)
        if name is not None and (state := manager.state(name)) is not PluginState.ENABLED:
            flask.abort(404, f"This page belongs to the plugin {name!r}, which is {state}.")


def init_app(host: Portico, app: Flask) -> None:
    """Open a host for an application, until it is closed or replaced: `app.extensions["portico"]`.

    Raises:
        HostError: it is open, or another one is just being opened.
    """
    # `current_app` stands for the application in its own context only.
    itself: Flask = app._get_current_object() if isinstance(app, LocalProxy) else app  # noqa: SLF001 - its documented way
    host.open_for(FlaskApplication(itself))


def watch_requests(
    app: Flask, *, before: Callable[[], object] | None = None, after: Callable[[], object] | None = None
) -> Undo:
    """Raise `request_started` and `request_finished` for every request to `app`; return what undoes it.

    `before` is called at the start of a request, before anybody hears of it; `after` when everything of a request is
    closed, database sessions included, or of another use of the application's context.

    Flask's own signals are the moments: before any processing, static files included, and after the last
    `after_request` function, error pages included.
    """

    def started(_: Flask, **__: Any) -> None:
        if before is not None:
            before()
        request_started.send(app)

    def finished(_: Flask, *, response: flask.Response, **__: Any) -> None:
        # Flask sends a second time where a receiver of its own signal failed on the first.
        environ = flask.request.environ
        if _FINISHED not in environ:
            environ[_FINISHED] = True
            request_finished.send(app, response=response)

    def torn_down(_: Flask, **__: Any) -> None:
        if after is not None:
            after()

    return _connect(
        app,
        {
            flask.request_started: started,
            flask.request_finished: finished,
            flask.appcontext_tearing_down: torn_down,
        },
    )


def watch_logins(app: Flask) -> Undo:
    """Raise `user_logged_in` and `user_logged_out` for `login_user()` and `logout_user()`; return what undoes it.

    Raises:
        MissingExtraError: Flask-Login is not installed.
    """
    if flask_login is None:
        raise MissingExtraError("Flask-Login", "flask")

    def logged_in(_: Flask, *, user: Any, **__: Any) -> None:
        user_logged_in.send(app, user=user)

    def logged_out(_: Flask, *, user: Any, **__: Any) -> None:
        # Flask-Login also sends when nobody was signed in.
        if user is not None and user.is_authenticated:
            user_logged_out.send(app, user=user)

    return _connect(app, {flask_login.user_logged_in: logged_in, flask_login.user_logged_out: logged_out})


def _connect(app: Flask, receivers: Mapping[Any, Callable[..., None]]) -> Undo:
    """Connect receivers to signals of Flask's kind for one application; return what undoes it."""
    for signal, receiver in receivers.items():
        signal.connect(receiver, sender=app, weak=False)

    @Undoing
    def undo() -> None:
        for signal, receiver in receivers.items():
            signal.disconnect(receiver, sender=app)

    return undo


def read_blueprints(answer: object) -> list[Typed]:
    """Return the blueprints that `get_blueprint` has answered, in its order.

    Raises:
        PluginError: something else than blueprints.
    """
    return [_typed(each) for each in (answer if isinstance(answer, list) else [answer])]


def _typed(item: object) -> Typed:
    kind, blueprint = item if isinstance(item, tuple) and len(item) == 2 else (None, item)  # noqa: PLR2004 - a pair
    if not (kind is None or isinstance(kind, str)) or not _is_blueprint(blueprint):
        msg = f"get_blueprint() returned {item!r}; return (type, Blueprint), or a list of those or of blueprints"
        raise PluginError(msg)
    return kind, blueprint


def _is_blueprint(candidate: object) -> bool:
    return isinstance(getattr(candidate, "name", None), str) and callable(getattr(candidate, "register", None))


class _OfCode:
    """What code of a plugin put into the tables while it brought something. Run anew, it puts it there anew."""

    def __init__(self, tables: FlaskTables, key: Owner) -> None:
        self._tables: Final = tables
        self._key: Final = key

    def suspend(self) -> None:
        self._tables.take_out(self._key)

    def resume(self) -> None:
        self._tables.put_back(self._key)

    def close(self) -> None:
        self._tables.forget(self._key)
