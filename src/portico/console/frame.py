"""Puts the console's pages into the application's layout, or into a frame of their own; neither meddles with the other.

The pages are rendered by an environment of their own, and the layout gets text. So nothing that the application has
done to its templates (names, filters, delimiters, escaping) changes the console, and the console brings no name into
a layout but its own.
"""

import json
from pathlib import Path
from typing import Any, Final

from flask import Response, current_app, make_response, render_template, request, url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateNotFound
from markupsafe import Markup, escape
from werkzeug.routing import BuildError

from portico.console.protection import token_field
from portico.errors import ConfigurationError

_ROOT: Final = 'id="portico-console"'
# No script at all, nothing from elsewhere, nothing inline: text that slips through as HTML stays harmless.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _clip(text: object, most: int) -> str:
    """Return a text of a plugin, so long that a page can bear it."""
    whole = str(text)
    return whole if len(whole) <= most else f"{whole[:most]}… ({len(whole) - most:,} characters more)"


def _clip_start(text: object, most: int) -> str:
    """Return the end of a text of a plugin: that of a traceback says most."""
    whole = str(text)
    return whole if len(whole) <= most else f"({len(whole) - most:,} characters more) …{whole[-most:]}"


_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters.update(clip=_clip, clip_start=_clip_start)
_TEMPLATES.globals.update(url_for=url_for, said=None)


class Frame:
    """What stands around the console's pages."""

    def __init__(self, *, layout: str | None, title_block: str | None, content_block: str, home: str | None) -> None:
        """Take the options of `create_console`.

        Raises:
            ConfigurationError: one of them cannot be used.
        """
        for option, block in (("title_block", title_block), ("content_block", content_block)):
            if block is not None and not str(block).isidentifier():
                msg = f"create_console got {option}={block!r}; give the name of a block of the layout, such as 'body'"
                raise ConfigurationError(msg)
        if content_block == title_block:
            msg = f"create_console got {content_block!r} for both title_block and content_block; name two blocks"
            raise ConfigurationError(msg)
        if home is not None and not (_is_address(str(home)) or str(home).replace(".", "").isidentifier()):
            msg = f"create_console got home={home!r}; give an endpoint, or an address such as '/'"
            raise ConfigurationError(msg)
        self._layout: Final = layout
        self._title_block: Final = title_block
        self._content_block: Final = content_block
        self._home: Final = home

    def page(self, template: str, title: str, *, status: int = 200, **content: Any) -> Response:
        """Return one page.

        Args:
            template: one of the console's own, which gives the content.
            title: what stands in the tab of the browser.
            status: of HTTP.
            **content: what the template shows.

        Raises:
            ConfigurationError: the layout cannot hold it, or the way home leads nowhere.
        """
        given = {"token": token_field(), "home": self._home_address()} | content
        # Only here is what is text already markup: the template has escaped what it was given.
        html = Markup(_TEMPLATES.get_template(template).render(given))  # noqa: S704
        return make_response(self._around(title, html), status)

    def protect(self, response: Response) -> None:
        """Set the headers that the application does not set itself."""
        response.headers.setdefault("Cache-Control", "no-store")
        if self._layout is None:
            response.headers.setdefault("Content-Security-Policy", _POLICY)
            response.headers.setdefault("X-Content-Type-Options", "nosniff")

    def _around(self, title: str, html: Markup) -> str:
        if self._layout is None:
            frame = _TEMPLATES.get_template("standalone.html")
            home = self._home_address() or f"{request.script_root}/"
            return frame.render(title=title, content=html, home=home, endpoint=request.endpoint or "")
        try:
            text = render_template(self._bridge(), portico_console_title=escape(title), portico_console_content=html)
        except TemplateNotFound as error:
            if error.name != self._layout:
                raise
            msg = f"the application has no template {self._layout!r} for the console; name another with layout="
            raise ConfigurationError(msg) from error
        if _ROOT not in text:
            raise ConfigurationError(self._no_block())
        return text

    def _bridge(self) -> Template:
        """Return a template of the application that puts a page into the blocks of the layout."""
        env = current_app.jinja_env

        def block(name: str, variable: str) -> str:
            shown = f"{env.variable_start_string} {variable} {env.variable_end_string}"
            return f"{statement(f'block {name}')}{shown}{statement('endblock')}"

        def statement(text: str) -> str:
            return f"{env.block_start_string} {text} {env.block_end_string}"

        title = block(self._title_block, "portico_console_title") if self._title_block else ""
        content = block(self._content_block, "portico_console_content")
        return env.from_string(f"{statement(f'extends {json.dumps(self._layout)}')}{title}{content}")

    def _no_block(self) -> str:
        there = ", ".join(current_app.jinja_env.get_template(self._layout or "").blocks) or "none itself"
        return (
            f"the layout {self._layout!r} shows no block {self._content_block!r}: the console's pages would be empty; "
            f"name the block that holds the content with content_block= (it has: {there})"
        )

    def _home_address(self) -> str | None:
        if self._home is None or _is_address(self._home):
            return self._home
        try:
            return url_for(self._home)
        except BuildError as error:
            msg = f"the application has no endpoint {self._home!r}, which create_console got as home; name another"
            raise ConfigurationError(msg) from error


def as_json(content: dict[str, Any], status: int = 200) -> Response:
    """Return a document, written the same whatever writes the application's own."""
    return Response(json.dumps(content) + "\n", status, mimetype="application/json")


def _is_address(home: str) -> bool:
    return home.startswith(("/", "http://", "https://")) and home.isprintable()
