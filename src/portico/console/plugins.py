"""The pages about plugins: list, one plugin, switch one on or off. The host does the work."""

from dataclasses import asdict
from typing import Any, cast

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from portico.errors import PluginError, UnknownPluginError
from portico.host import Portico
from portico.plugins import PluginStatus


def add_pages(console: Blueprint) -> None:
    """Give `console` its pages about plugins."""
    console.add_url_rule("/", view_func=index)
    console.add_url_rule("/plugins", view_func=list_plugins)
    console.add_url_rule("/plugins.json", view_func=list_plugins_json)
    console.add_url_rule("/plugins/<name>", view_func=show_plugin)
    console.add_url_rule("/plugins/<name>.json", view_func=show_plugin_json)
    console.add_url_rule("/plugins/<name>/enable", view_func=enable_plugin, methods=["POST"])
    console.add_url_rule("/plugins/<name>/disable", view_func=disable_plugin, methods=["POST"])


def index() -> ResponseReturnValue:
    """The way to the first page."""
    return redirect(url_for(".list_plugins"))


def list_plugins() -> ResponseReturnValue:
    """Every plugin that is installed."""
    return render_template("console/plugins.html", plugins=_host().plugins.list())


def list_plugins_json() -> ResponseReturnValue:
    """The same as JSON."""
    return jsonify(plugins=[_as_json(status) for status in _host().plugins.list()])


def show_plugin(name: str) -> ResponseReturnValue:
    """One plugin, its subscriptions and its last failure."""
    return render_template("console/plugin.html", plugin=_status(name))


def show_plugin_json(name: str) -> ResponseReturnValue:
    """The same as JSON."""
    return jsonify(_as_json(_status(name)))


def enable_plugin(name: str) -> ResponseReturnValue:
    """Switch it on, or say why it does not start."""
    _status(name)
    try:
        _host().plugins.enable(name)
    except PluginError as error:
        flash(_sentence(error), "error")
    else:
        flash(f"{name} is enabled.", "success")
    return _back_to(name)


def disable_plugin(name: str) -> ResponseReturnValue:
    """Switch it off."""
    _status(name)
    try:
        _host().plugins.disable(name)
    except PluginError as error:
        flash(_sentence(error), "error")
    else:
        flash(f"{name} is disabled.", "success")
    return _back_to(name)


def _host() -> Portico:
    return cast("Portico", current_app.extensions["portico"])


def _status(name: str) -> PluginStatus:
    try:
        return _host().plugins.get(name)
    except UnknownPluginError as error:
        if request.path.endswith(".json"):
            abort(make_response(jsonify(error=str(error)), 404))
        abort(404, str(error))


def _sentence(error: PluginError) -> str:
    # The message names the plugin and the cause; messages of errors begin with a small letter.
    message = str(error)
    return message[:1].upper() + message[1:]


def _back_to(name: str) -> ResponseReturnValue:
    if request.form.get("back") == "plugin":
        return redirect(url_for(".show_plugin", name=name))
    return redirect(url_for(".list_plugins"))


def _as_json(status: PluginStatus) -> dict[str, Any]:
    content = asdict(status)
    if status.failure is not None:
        # As ISO 8601: Flask would write an HTTP date.
        content["failure"]["at"] = status.failure.at.isoformat()
    return content
