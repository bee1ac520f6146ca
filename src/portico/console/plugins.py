"""Shows the pages about plugins: the list, one plugin, and the buttons that switch or quarantine it."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
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
    console.add_url_rule("/plugins/<name>/quarantine", view_func=quarantine_plugin, methods=["POST"])


def index() -> ResponseReturnValue:
    """The way to the first page."""
    return redirect(url_for(".list_plugins"))


def list_plugins() -> ResponseReturnValue:
    """Every plugin that is installed."""
    return render_template(
        "console/plugins.html", plugins=_host().plugins.list(), differing=_host().plugins.differing()
    )


def list_plugins_json() -> ResponseReturnValue:
    """The same as JSON."""
    return jsonify(plugins=[_as_json(status) for status in _host().plugins.list()])


def show_plugin(name: str) -> ResponseReturnValue:
    """One plugin: its subscriptions, its failures, what was noticed, and how it is in each process."""
    status = _status(name)
    return render_template("console/plugin.html", plugin=status, processes=_host().plugins.processes(name))


def show_plugin_json(name: str) -> ResponseReturnValue:
    """The same as JSON."""
    content = _as_json(_status(name))
    content["processes"] = [_in_iso(asdict(report)) for report in _host().plugins.processes(name)]
    return jsonify(content)


def enable_plugin(name: str) -> ResponseReturnValue:
    """Switch it on, or say why it does not start; one that is quarantined is on probation then."""
    return _switch(name, _host().plugins.enable)


def disable_plugin(name: str) -> ResponseReturnValue:
    """Switch it off, or say which plugins require it."""
    return _switch(name, _host().plugins.disable)


def quarantine_plugin(name: str) -> ResponseReturnValue:
    """Suspend it until somebody tries again."""
    return _switch(name, _host().plugins.quarantine)


def _switch(name: str, act: Callable[[str], PluginStatus]) -> ResponseReturnValue:
    try:
        status = act(name)
    except UnknownPluginError as error:
        abort(404, str(error))
    except PluginError as error:
        flash(_sentence(error), "error")
    else:
        flash(f"{name} is {'on probation' if status.on_probation else status.state}.", "success")
        if status.needs_restart:
            flash(f"The pages of {name} become part of the portal at its next start.", "info")
    if request.form.get("back") == "plugin":
        return redirect(url_for(".show_plugin", name=name))
    return redirect(url_for(".list_plugins"))


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


def _as_json(status: PluginStatus) -> dict[str, Any]:
    return cast("dict[str, Any]", _in_iso(asdict(status)))


def _in_iso(content: Any) -> Any:
    # Moments as ISO 8601: Flask would write an HTTP date.
    if isinstance(content, dict):
        return {key: _in_iso(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_in_iso(value) for value in content]
    return content.isoformat() if isinstance(content, datetime) else content
