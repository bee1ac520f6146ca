"""Makes the blueprints of plugins part of a Flask application, where nothing of a plugin works while it is off."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from portico.builtin import register_blueprint
from portico.host.tables import FlaskTables
from portico.plugins import Failure, PluginManager, PluginState, Stage
from portico.signals import log_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

logger = logging.getLogger(__name__)


class Pages:
    """What plugins bring to one application with their blueprints. Flask allows that only while it is built."""

    def __init__(self) -> None:
        self._tables: FlaskTables | None = None

    def take_from(self, plugin: object, *, owner: str, rank: int) -> Callable[[], None]:  # noqa: ARG002 - a taker
        """Put back what a plugin that is being enabled brought to the application; return what takes it out."""
        if self._tables is not None:
            self._tables.put_back(owner)
        return lambda: self._take_out(owner)

    def register(self, app: Flask, manager: PluginManager) -> None:
        """Register what enabled plugins bring, in their order; one that cannot be registered fails its plugin."""
        self._tables = tables = FlaskTables(app)
        for name, blueprints in manager.take_blueprints():
            lasting: list[str] = []
            try:
                for kind, blueprint in blueprints:
                    if kind is not None:
                        register_blueprint.send(kind, blueprint=blueprint)
                    with tables.registering(name, lasting):
                        app.register_blueprint(blueprint)
            except Exception as error:  # noqa: BLE001 - it is the plugin's own
                manager.fail(name, Failure.of(Stage.BLUEPRINT, error))
                message = "the pages of plugin %s could not be registered; it was disabled"
                log_failure(logger, message, name, error=error)
            manager.note_lasting(name, lasting)
        # First, so that nobody else looks at a request for a page of a plugin that is off.
        app.before_request_funcs.setdefault(None, []).insert(0, lambda: _check(tables, manager))

    def _take_out(self, owner: str) -> None:
        if self._tables is not None:
            self._tables.take_out(owner)


def _check(tables: FlaskTables, manager: PluginManager) -> None:
    from flask import abort, request  # noqa: PLC0415 - needs an extra

    name = tables.owner_of(request.endpoint)
    if name is not None and (state := manager.state(name)) is not PluginState.ENABLED:
        abort(404, f"This page belongs to the plugin {name!r}, which is {state}.")
