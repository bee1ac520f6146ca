"""Makes the blueprints of plugins part of a Flask application. Flask allows that only while it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portico.builtin import register_blueprint
from portico.plugins import Failure, PluginManager, PluginState, Stage

if TYPE_CHECKING:
    from flask import Flask


def register_blueprints(app: Flask, manager: PluginManager) -> None:
    """Register what enabled plugins bring, in their order; one that cannot be registered fails its plugin.

    Pages of a plugin that is disabled later are not found until it is enabled again.
    """
    for name, blueprints in manager.take_blueprints():
        try:
            for kind, blueprint in blueprints:
                if kind is not None:
                    register_blueprint.send(kind, blueprint=blueprint)
                app.register_blueprint(blueprint)
                _only_while_enabled(app, manager, name, blueprint)
        except Exception as error:
            manager.fail(name, Failure.of(Stage.BLUEPRINT, error))
            app.logger.exception("the pages of plugin %s could not be registered; it was disabled", name)


def _only_while_enabled(app: Flask, manager: PluginManager, name: str, blueprint: Any) -> None:
    from flask import abort  # noqa: PLC0415 - needs an extra

    def check() -> None:
        if manager.state(name) is not PluginState.ENABLED:
            abort(404)

    # First, so that nothing of a plugin that is off runs.
    app.before_request_funcs.setdefault(blueprint.name, []).insert(0, check)
