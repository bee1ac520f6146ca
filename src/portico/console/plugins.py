"""Shows the pages about plugins: the list, one plugin, and the questions and buttons that switch or quarantine it."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, cast

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portico.console.frame import Frame, as_json
from portico.errors import ConfigurationError, PluginError, UnknownPluginError
from portico.host import PluginService, Portico
from portico.plugins import Failure, PluginState, PluginStatus, Stage

_STATES: Final = {"enable": PluginState.ENABLED, "disable": PluginState.DISABLED, "quarantine": PluginState.QUARANTINED}
_STAGES: Final = {
    Stage.IMPORT: "while it was imported",
    Stage.REQUIREMENTS: "for want of what it requires",
    Stage.MAPPING: "while its subscriptions were read",
    Stage.BOOTSTRAP: "in its bootstrap()",
    Stage.TEARDOWN: "while it was undone; it was undone all the same",
    Stage.RECEIVER: "in one of its receivers",
    Stage.OBSERVER: "while it watched another plugin",
}


class PluginPages:
    """The pages about plugins, in a frame."""

    def __init__(self, frame: Frame) -> None:
        self._page: Final = frame.page

    def add_to(self, console: Blueprint) -> None:
        """Make them pages of the console."""
        one = "/plugins/<name>"
        console.add_url_rule("/", "index", lambda: redirect(url_for(".list_plugins")))
        console.add_url_rule("/plugins", "list_plugins", self.list)
        console.add_url_rule("/plugins.json", "list_plugins_json", self.list_json)
        console.add_url_rule(one, "show_plugin", self.show)
        console.add_url_rule(f"{one}.json", "show_plugin_json", self.show_json)
        for verb in _STATES:
            console.add_url_rule(f"{one}/{verb}", f"ask_to_{verb}", _about(verb, self.ask))
            console.add_url_rule(f"{one}/{verb}.json", f"ask_to_{verb}_json", _about(verb, self.ask_json))
            console.add_url_rule(f"{one}/{verb}", f"{verb}_plugin", _about(verb, self.switch), methods=["POST"])

    def list(self) -> Response:
        """Every plugin that is installed."""
        service = _service()
        return self._page(
            "plugins.html",
            "Plugins",
            plugins=service.list(),
            differing=service.differing(),
            said=_said(),
            **_what_holds(service),
        )

    def list_json(self) -> Response:
        """The same as JSON."""
        service = _service()
        plugins = [_as_json(status) for status in service.list()]
        return as_json({"plugins": plugins, "differing": sorted(service.differing()), **_what_survives(service)})

    def show(self, name: str) -> Response:
        """One plugin: its subscriptions, its failures, what was noticed, and how it is in each process."""
        try:
            return self._show(_service().get(name), said=_said())
        except UnknownPluginError as error:
            return self._unknown(error)

    def show_json(self, name: str) -> Response:
        """The same as JSON."""
        service = _service()
        try:
            content = _as_json(service.get(name))
        except UnknownPluginError as error:
            return as_json({"error": str(error)}, 404)
        content["processes"] = [_in_iso(asdict(report)) for report in service.processes(name)]
        return as_json(content | _what_survives(service))

    def ask(self, name: str, verb: str) -> Response:
        """The question before a plugin is switched, with what comes of it."""
        service = _service()
        try:
            status = service.get(name)
        except UnknownPluginError as error:
            return self._unknown(error)
        return self._page(
            "ask.html",
            f"{verb.capitalize()} {name}? · Plugins",
            plugin=status,
            verb=verb,
            needed_by=_needed_by(service, name),
            refused=_refused(status, verb),
            back=_back(),
            **_what_holds(service),
        )

    def ask_json(self, name: str, verb: str) -> Response:
        """The same as JSON."""
        service = _service()
        try:
            status = service.get(name)
        except UnknownPluginError as error:
            return as_json({"error": str(error)}, 404)
        return as_json(
            {
                "verb": verb,
                "plugin": _as_json(status),
                "needed_by": _needed_by(service, name),
                "refused": _refused(status, verb),
                **_what_survives(service),
            }
        )

    def switch(self, name: str, verb: str) -> ResponseReturnValue:
        """Switch it, and go back; what refuses that is said on the plugin's page."""
        service = _service()
        act = {"enable": service.enable, "disable": service.disable, "quarantine": service.quarantine}[verb]
        before = _failure(service, name)
        try:
            status = act(name)
        except UnknownPluginError as error:
            return self._unknown(error)
        except PluginError as error:
            status = service.get(name)
            # Of a failure of its own everything stands on the page already, from what the host has recorded.
            own = f"{name} could not be {_STATES[verb]}; the reason stands below."
            said = {"look": "bad", "text": _sentence(error) if status.failure == before else own}
            return self._show(status, said=said, http_status=409)
        # The address says what was asked for, and the page what has come of it: no message travels in the session.
        asked = {"switched": name, "to": str(status.state)}
        values: dict[str, Any] = asked | ({"name": name} if _back() == "plugin" else {})
        return redirect(url_for(".show_plugin" if "name" in values else ".list_plugins", **values), 303)

    def _show(self, status: PluginStatus, *, said: dict[str, str] | None, http_status: int = 200) -> Response:
        service = _service()
        return self._page(
            "plugin.html",
            f"{status.name} · Plugins",
            status=http_status,
            plugin=status,
            processes=service.processes(status.name),
            said=said,
            **_what_holds(service),
        )

    def _unknown(self, error: UnknownPluginError) -> Response:
        return self._page("unknown.html", "No such plugin", status=404, why=_sentence(error))


def _about(verb: str, view: Callable[[str, str], ResponseReturnValue]) -> Callable[[str], ResponseReturnValue]:
    def about(name: str) -> ResponseReturnValue:
        return view(name, verb)

    return about


def _service() -> PluginService:
    host: Portico | None = current_app.extensions.get("portico")
    if host is None:
        msg = "the console has no host to show: open one for this application with Portico(...).init_app(app)"
        raise ConfigurationError(msg)
    return host.plugins


def _said() -> dict[str, str] | None:
    """Return what to say after a switch: how the plugin is now, whoever made up the address."""
    name, asked = request.args.get("switched"), request.args.get("to")
    try:
        status = _service().get(name) if name else None
    except UnknownPluginError:
        return None
    if status is None or asked not in set(PluginState):
        return None
    if status.state == asked:
        later = " Its pages become part of the application at the next start." if status.needs_restart else ""
        return {"look": "ok", "text": f"{name} is {'on probation' if status.on_probation else status.state}.{later}"}
    text = f"{name} is {status.state} in this process, not {asked}. Processes follow with one of their next requests."
    return {"look": "info", "text": text}


def _what_holds(service: PluginService) -> dict[str, Any]:
    return {"survives": service.survives_restart, "stage_words": _stage_words}


def _what_survives(service: PluginService) -> dict[str, bool]:
    return {"survives_restart": service.survives_restart}


def _stage_words(stage: str) -> str:
    return next((words for known, words in _STAGES.items() if known == stage), "an extension point of the application")


def _failure(service: PluginService, name: str) -> Failure | None:
    try:
        return service.get(name).failure
    except UnknownPluginError:
        return None  # It may have been installed since the start; enabling finds it.


def _needed_by(service: PluginService, name: str) -> list[str]:
    on = (each for each in service.list() if each.state is PluginState.ENABLED)
    return [each.name for each in on if name in each.requires]


def _refused(status: PluginStatus, verb: str) -> str | None:
    """Return in words why there is nothing to ask; None if there is."""
    if status.state is _STATES[verb]:
        return f"It is {status.state} already."
    if verb == "quarantine" and status.state is not PluginState.ENABLED:
        return f"It is {status.state}; only what is enabled can be quarantined."
    return None


def _back() -> str:
    return "list" if request.values.get("back") == "list" else "plugin"


def _sentence(error: PluginError) -> str:
    # The message names the plugin and the cause; messages of errors begin with a small letter.
    message = str(error)
    return f"{message[:1].upper()}{message[1:]}."


def _as_json(status: PluginStatus) -> dict[str, Any]:
    return cast("dict[str, Any]", _in_iso(asdict(status)))


def _in_iso(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _in_iso(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_in_iso(value) for value in content]
    return content.isoformat() if isinstance(content, datetime) else content
