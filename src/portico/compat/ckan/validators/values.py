"""Reads or refuses one value: a text, a number, a date, a list, an object of JSON."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from portico.compat.ckan.errors import Invalid
from portico.compat.ckan.validation import missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.compat.ckan.validation import Key

    Flat = dict[Key, Any]
    Errors = dict[Key, list[Any]]
    Context = dict[str, Any]

_TRUE: Final = frozenset({"true", "yes", "t", "y", "1"})
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_NAME: Final = re.compile(r"[a-z0-9_-]*")
_NAME_LENGTH: Final = range(2, 101)
_RESERVED_NAMES: Final = ("new", "edit", "search")


def identity_converter(value: Any) -> Any:
    """Take a value as it is."""
    return value


# -- texts -----------------------------------------------------------------------------------------------------


def unicode_only(value: Any) -> str:
    """Refuse anything but a text."""
    if not isinstance(value, str):
        raise Invalid("Must be a Unicode string value")
    return value


def unicode_safe(value: Any) -> Any:
    """Make a text of a value: bytes are decoded, other values written as JSON; None stays None."""
    if isinstance(value, str) or value is None or value is missing:
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("cp1252", errors="replace")
    if hasattr(value, "filename"):
        return value.filename
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(value)


def strip_value(value: str) -> str:
    """Return a text without blanks around it."""
    return value.strip()


def remove_whitespace(value: Any) -> Any:
    """Return a text without blanks around it, and anything else as it is."""
    return value.strip() if isinstance(value, str) else value


def no_http(value: str) -> str:
    """Refuse a text with an address in it."""
    if "http:" in value:
        raise Invalid("Must not contain an http: address")
    return value


def name_validator(value: Any) -> str:
    """Refuse what cannot stand as a name in an address."""
    if not isinstance(value, str):
        raise Invalid("Names must be strings")
    if value in _RESERVED_NAMES:
        raise Invalid("That name cannot be used")
    if len(value) not in _NAME_LENGTH:
        raise Invalid(f"Must have {_NAME_LENGTH[0]} to {_NAME_LENGTH[-1]} characters")
    if not _NAME.fullmatch(value):
        raise Invalid("Must consist of lower case letters a to z, digits, - and _")
    return value


def email_validator(value: Any) -> Any:
    """Refuse a text that is no mail address."""
    if value and not (isinstance(value, str) and _EMAIL.fullmatch(value)):
        raise Invalid(f"Email {value} is not a valid format")
    return value


def url_validator(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - the validators' form
    """Refuse a text that is no web address."""
    value = data.get(key)
    if not value:
        return
    try:
        parts = urlsplit(value)
    except (AttributeError, ValueError):
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        errors[key].append("Please provide a valid URL")


def one_of(list_of_value: Any) -> Callable[..., Any]:
    """Return a validator that refuses a value that is not among these, unless it is empty."""

    def refuse(value: Any) -> Any:
        if value and value not in list_of_value:
            raise Invalid(f"Value must be one of {list(list_of_value)}")
        return value

    return refuse


# -- numbers, dates, yes or no --------------------------------------------------------------------------------


def boolean_validator(value: Any) -> bool:
    """Read a value as a yes or no; whatever is no yes is a no."""
    if isinstance(value, str):
        return value.lower() in _TRUE
    return value if isinstance(value, bool) else value == 1


def convert_int(value: Any) -> int:
    """Read a value as a whole number."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise Invalid("Please enter an integer value") from None


def int_validator(value: Any) -> int | None:
    """Read a value as a whole number; nothing, or a text of blanks, is None."""
    if value is None or value is missing or (isinstance(value, str) and not value.strip()):
        return None
    try:
        whole = int(value)
        exact = isinstance(value, str) or whole == value
    except (TypeError, ValueError, OverflowError):
        exact, whole = False, 0
    if not exact:
        raise Invalid("Invalid integer")
    return whole


def natural_number_validator(value: Any) -> int | None:
    """Do what `int_validator` does, and refuse numbers below 0."""
    number = int_validator(value)
    if number is not None and number < 0:
        raise Invalid("Must be a natural number")
    return number


def is_positive_integer(value: Any) -> int | None:
    """Do what `int_validator` does, and refuse numbers below 1."""
    number = int_validator(value)
    if number is not None and number < 1:
        raise Invalid("Must be a positive integer")
    return number


def isodate(value: Any) -> Any:
    """Read a text as an ISO 8601 date; an empty one is None."""
    if isinstance(value, date):
        return value
    if not value:
        return None
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Invalid("Date format incorrect") from None


# -- lists and dicts ------------------------------------------------------------------------------------------


def list_of_strings(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Refuse anything but a list of texts."""
    value = data.get(key)
    if not isinstance(value, list):
        raise Invalid("Not a list")
    for item in value:
        if not isinstance(item, str):
            raise Invalid(f"Not a string: {item}")


def convert_to_list_if_string(value: Any) -> Any:
    """Return a text as a list with that text in it, and anything else as it is."""
    return [value] if isinstance(value, str) else value


def convert_to_json_if_string(value: Any) -> Any:
    """Read a text as JSON, and take anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Invalid("Could not parse as valid JSON") from None


def json_list_or_string(value: Any) -> Any:
    """Read a text as a list in JSON or, failing that, as words between commas."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return [word.strip() for word in value.split(",")]


def json_object(value: Any) -> Any:
    """Refuse what is no object of JSON; a dict becomes its text."""
    if value is None or value is missing or value == "":
        return None
    try:
        read = json.loads(value) if isinstance(value, str) else json.loads(json.dumps(value))
    except (TypeError, ValueError):
        raise Invalid("Could not parse the value as a valid JSON object") from None
    if not isinstance(read, dict):
        raise Invalid("The value should be a JSON object")
    return value if isinstance(value, str) else json.dumps(value)


def dict_only(value: Any) -> dict[Any, Any]:
    """Refuse anything but a dict."""
    if not isinstance(value, dict):
        raise Invalid("Must be a dict")
    return value
