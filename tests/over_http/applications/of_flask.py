"""Answers with Flask and several workers, and a plugin that brings hooks."""

from typing import Any

import flask

from portico import Plugin, implements
from portico.plugins import IBlueprint
from tests.over_http.applications import plugins


class Pages(Plugin):
    """Brings a page, and hooks for all pages."""

    implements(IBlueprint)
    name = "pages"

    def get_blueprint(self) -> Any:
        blueprint = flask.Blueprint("pages", __name__)
        blueprint.before_app_request(plugins.note)
        blueprint.app_context_processor(dict)
        blueprint.app_errorhandler(418)(lambda error: "a pot of tea")
        return blueprint


app = flask.Flask("shop")
plugins.mapping[flask.request_started] = [plugins.note]
host = plugins.make_host(pages=Pages)
host.init_app(app)


def hooks() -> int:
    tables = (app.before_request_funcs, app.template_context_processors)
    handlers = sum(len(each) for scope in app.error_handler_spec.values() for each in scope.values())
    return (
        handlers + sum(len(each) for table in tables for each in table.values()) + len(flask.request_started.receivers)
    )


@app.get("/")
def page() -> Any:
    return plugins.answer(host, flask.request.args, hooks)
