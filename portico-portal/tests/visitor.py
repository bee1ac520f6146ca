"""Visits the portal as a person with a browser does, on a Flask test client: reads forms and sends them."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask
from werkzeug.test import TestResponse

if TYPE_CHECKING:
    from portico_portal import Portal


class HasText(Protocol):
    """An answer of a test client, or one of httpx."""

    @property
    def text(self) -> str: ...


class _Fields(HTMLParser):
    """The fields of the forms of a page, by the address they are sent to."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._form: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self.forms.setdefault(given.get("action", ""), {})
        elif tag == "input" and self._form is not None and given.get("name") and given.get("type") != "checkbox":
            self._form[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def fields_of(page: str) -> dict[str, dict[str, str]]:
    """The names and values of the fields of each form of a page, by the address that it is sent to."""
    fields = _Fields()
    fields.feed(page)
    return fields.forms


class Visitor:
    def __init__(self, app: Flask, *, address: str = "127.0.0.1") -> None:
        self.client = app.test_client()
        self._portal: Portal = app.extensions["portal"]
        self._environ = {"REMOTE_ADDR": address}

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, environ_overrides=self._environ, buffered=True, **more)

    def post(self, path: str, data: dict[str, Any], **more: Any) -> TestResponse:
        answer = self.client.post(path, data=data, environ_overrides=self._environ, buffered=True, **more)
        # What the portal does after it answered is done when a test looks.
        self._portal.afterwards.finish()
        return answer

    def form(self, path: str, action: str = "") -> dict[str, str]:
        page = self.get(path)
        forms = fields_of(page.text)
        assert action in forms, f"{path} shows no form for {action!r}: {page.status}"
        return forms[action]

    def submit(self, path: str, **typed: str) -> TestResponse:
        return self.post(path, self.form(path) | typed)

    def press(self, path: str, action: str) -> TestResponse:
        """Press the button of the form on the page `path` that is sent to `action`."""
        return self.post(action, self.form(path, action))

    def sign_in(self, name: str, password: str) -> TestResponse:
        return self.submit("/sign-in", name=name, password=password)

    def is_signed_in(self) -> bool:
        return self.get("/account").status_code == 200


def text_of(page: HasText) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page.text)))
