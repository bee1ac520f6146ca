"""Refuses what no page and no action can take, before one sees it: broken text, and JSON without bounds."""

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any, NoReturn
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, Request, abort, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from portico_portal.actions.fields import is_storable

NO_TEXT = "The request holds a NUL character, or bytes that are not UTF-8. Take them out, and send it again."
NO_BODY = "What was sent cannot be read: it is torn, or not what its headers say."
NO_REFERRER = "The Referer header holds no address."
DEEPEST = 64
"""How many JSON arrays and objects may lie in one another."""
LARGEST_INTEGER = 2**63 - 1
"""What every database takes, and most programs that read JSON."""


class StrictJson(DefaultJSONProvider):
    """Reads JSON as its standard means it: every key once, numbers that are numbers, characters that are characters."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value that `s` stands for; the arguments are those of `json.loads`.

        Raises:
            ValueError: it is no JSON, or more than the portal takes; the message never quotes what was sent.
        """
        try:
            value = json.loads(s, **(STRICTLY | kwargs))
        except RecursionError:
            # The parser gives up at a depth that depends on who called it; what is left of that is too deep below.
            raise _too_deep() from None
        _check(value)
        return value


class FormParser(FormDataParser):
    """Reads forms as strictly: werkzeug would drop one that is torn, and replace what is not UTF-8."""

    def parse(self, stream: IO[bytes], mimetype: str, content_length: int | None, options: Any = None) -> Any:
        """The rest of the stream, the fields and the files.

        Raises:
            BadRequest: it cannot be read, or holds no text.
            RequestEntityTooLarge: it is larger than the portal takes.
        """
        self.silent = False
        with _reading(stream, content_length):
            if mimetype == "application/x-www-form-urlencoded":
                body = stream.read()
                _require_text(unquote_to_bytes(body))
                stream = BytesIO(body)
            rest, form, files = super().parse(stream, mimetype, content_length, options)
        _require_storable(text for field in form.items(multi=True) for text in field)
        _require_storable(text or "" for key, file in files.items(multi=True) for text in (key, file.filename))
        return rest, form, files


class PortalRequest(Request):
    """A request whose forms and JSON are read strictly, whoever reads them."""

    form_data_parser_class: type[FormDataParser] = FormParser

    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        """What was sent, all of it; the arguments are werkzeug's.

        Raises:
            BadRequest: it cannot be read.
            RequestEntityTooLarge: it is larger than the portal takes.
        """
        with _reading(self.stream, self.content_length):
            return super().get_data(*args, **kwargs)

    def on_json_loading_failed(self, e: ValueError | None) -> NoReturn:
        """Say what is wrong with the JSON, or that something else was sent."""
        if e is not None:
            abort(400, f"The JSON cannot be taken: {e}.")
        abort(415, "Send JSON as application/json.")


def guard_requests(app: Flask) -> None:
    """Hold every request to `app` to this; to be called before anything else looks at requests."""
    app.request_class = PortalRequest
    app.json = StrictJson(app)
    app.before_request(_require_address)


@contextmanager
def _reading(stream: IO[bytes], length: int | None) -> Iterator[None]:
    try:
        yield
        if length is None:
            # Of a body that does not tell its length werkzeug gives what fits; only who reads on is told of more.
            stream.read(1)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001 - each server has its own for a body that is not as HTTP wants it
        abort(400, NO_BODY)


def _require_address() -> None:
    # WSGI hands out the path decoded, the query as it was sent.
    _require_text(request.environ["PATH_INFO"].encode("latin-1"))
    _require_text(unquote_to_bytes(request.query_string))
    try:
        # What checks that a form came from here reads both.
        _ = urlsplit(request.referrer or "").port
    except ValueError:
        abort(400, NO_REFERRER)


def _require_text(encoded: bytes) -> None:
    try:
        text = encoded.decode()
    except UnicodeDecodeError:
        abort(400, NO_TEXT)
    _require_storable([text])


def _require_storable(texts: Iterable[str]) -> None:
    if not all(is_storable(text) for text in texts):
        abort(400, NO_TEXT)


def _check(value: Any) -> None:
    # Level by level, not by recursion, which is what deep input exhausts.
    level, depth = [value], 0
    while level:
        texts = (text for each in level for text in _texts_of(each))
        if not all(is_storable(text) for text in texts):
            raise ValueError("a text holds a NUL character or half a character")
        level = [inner for each in level for inner in _inside(each)]
        depth += 1
        if depth > DEEPEST:
            raise _too_deep()


def _texts_of(value: Any) -> Iterable[str]:
    return [value] if isinstance(value, str) else value if isinstance(value, dict) else ()


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("an object has the same key twice")
    return value


def _integer(digits: str) -> int:
    # By their number first: Python refuses to convert more than some thousand.
    if len(digits) > len(str(-LARGEST_INTEGER)) or abs(value := int(digits)) > LARGEST_INTEGER:
        raise ValueError("a number has more than 64 bits")
    return value


def _number(digits: str) -> float:
    if not math.isfinite(value := float(digits)):
        raise ValueError("a number is too large")
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _too_deep() -> ValueError:
    return ValueError(f"it is nested deeper than {DEEPEST} levels")


STRICTLY: dict[str, Any] = {
    "object_pairs_hook": _object,
    "parse_int": _integer,
    "parse_float": _number,
    "parse_constant": _no_number,
}
"""What `json.loads` is told besides."""
