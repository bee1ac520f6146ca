"""Takes the folders in which extensions keep templates and files, and renders templates for them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from portico.compat.ckan.helpers import h
from portico.compat.ckan.site import config
from portico.errors import MissingExtraError

try:
    import flask
except ImportError as error:
    raise MissingExtraError("Flask", "flask") from error
from jinja2 import ChoiceLoader, FileSystemLoader

if TYPE_CHECKING:
    from portico.compat.ckan.config import CKANConfig

TEMPLATES: Final = "plugin_template_paths"
PUBLIC: Final = "plugin_public_paths"
RESOURCES: Final = "plugin_resources"


def add_template_directory(config_: CKANConfig, relative_path: str) -> None:
    """Let templates be found in a folder, before those of plugins that come later. Beside the calling module."""
    _add(config_, TEMPLATES, _beside_caller(relative_path))


def add_public_directory(config_: CKANConfig, relative_path: str) -> None:
    """Take note of a folder of files. Portico serves none of them."""
    _add(config_, PUBLIC, _beside_caller(relative_path))


def add_resource(path: str, name: str) -> None:
    """Take note of a folder of scripts and styles. Portico serves none of them."""
    config.setdefault(RESOURCES, {})[name] = _beside_caller(path)


def add_ckan_admin_tab(
    config_: CKANConfig,
    route_name: str,
    tab_label: str,
    config_var: str = "ckan.admin_tabs",
    icon: str | None = None,
) -> None:
    """Take note of a tab. Portico shows none of them."""
    config_.setdefault(config_var, {})[route_name] = {"label": tab_label, "icon": icon}


def render(template_name: str, extra_vars: dict[str, Any] | None = None) -> str:
    """Return a page from a template of an extension, or one of the application; `h` has the helpers."""
    env = flask.current_app.jinja_env
    folders = FileSystemLoader(config.get(TEMPLATES, []))
    loader = ChoiceLoader([folders, *([env.loader] if env.loader else [])])
    variables = {"h": h, **(extra_vars or {})}
    flask.current_app.update_template_context(variables)
    return env.overlay(loader=loader).get_template(template_name).render(variables)


def redirect_to(*args: Any, **kwargs: Any) -> Any:
    """Return a redirect to an address, or to an endpoint with these arguments."""
    if len(args) == 1 and str(args[0]).startswith(("/", "http://", "https://")):
        return flask.redirect(str(args[0]))
    return flask.redirect(flask.url_for(*args, **kwargs))


def get_endpoint() -> tuple[str, str] | tuple[None, None]:
    """Return the blueprint and the view of this request; None where there is none."""
    if not flask.has_request_context() or not flask.request.endpoint:
        return None, None
    blueprint, _, view = flask.request.endpoint.partition(".")
    return blueprint, view or "index"


def _beside_caller(relative_path: str) -> str:
    file = sys._getframe(2).f_globals.get("__file__") or "."  # noqa: SLF001 - the caller's caller, as in CKAN
    return str(Path(file).parent / relative_path)


def _add(config_: CKANConfig, key: str, path: str) -> None:
    # Whoever comes last is first in the list: `update_config` goes through the plugins backwards.
    paths = config_.get(key, [])
    if path not in paths:
        config_[key] = [path, *paths]
