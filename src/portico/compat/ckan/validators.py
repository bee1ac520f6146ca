"""The validators that CKAN has by name, as far as they need no dataset and no database behind them."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from portico.compat.ckan.actions import is_administrator
from portico.compat.ckan.config import asbool
from portico.compat.ckan.errors import Invalid, StopOnError
from portico.compat.ckan.site import config
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


# -- is there a value? ------------------------------------------------------------------------------------------


def identity_converter(value: Any) -> Any:
    """Take a value as it is."""
    return value


def ignore(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - the validators' form
    """Drop the field."""
    data.pop(key, None)
    raise StopOnError


def ignore_missing(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Drop a field that is absent or None, and call no further validator of it."""
    if data.get(key) is missing or data.get(key) is None:
        data.pop(key, None)
        raise StopOnError


def ignore_empty(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Drop a field that is absent or empty, and call no further validator of it."""
    if not data.get(key):
        data.pop(key, None)
        raise StopOnError


def not_missing(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Refuse a field that is absent."""
    if data.get(key) is missing:
        errors[key].append("Missing value")
        raise StopOnError


def not_empty(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Refuse a field that is absent or empty."""
    if not data.get(key):
        errors[key].append("Missing value")
        raise StopOnError


def empty(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Refuse a field that has a value."""
    value = data.pop(key, None)
    if value:
        named = ", ".join(map(str, value)) if key[-1] in ("__extras", "__junk") else str(key[-1])
        errors[key].append(f"The input field {named} was not expected.")


def default(default_value: Any) -> Callable[..., None]:
    """Return a validator that fills in a value for a field that is absent, None or an empty text."""

    def fill_in(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
        if data.get(key) in (None, "") or data[key] is missing:
            data[key] = default_value

    return fill_in


def configured_default(config_name: str, default_value_if_not_configured: Any) -> Callable[..., None]:
    """Do what `default` does, with a value of the configuration."""
    value = config.get(config_name)
    return default(default_value_if_not_configured if value is None else value)


def if_empty_same_as(other_key: str) -> Callable[..., None]:
    """Return a validator that fills in the value of another field for one that is absent or empty."""

    def fill_in(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
        if not data.get(key):
            data[key] = data.get((*key[:-1], other_key))

    return fill_in


def both_not_empty(other_key: str) -> Callable[..., None]:
    """Return a validator that refuses a field that is absent or empty while another one is so too."""

    def refuse(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
        if not data.get(key) and not data.get((*key[:-1], other_key)):
            errors[key].append("Missing value")
            raise StopOnError

    return refuse


def keep_extras(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Put what the schema does not name beside what it names."""
    for name, value in (data.pop(key, None) or {}).items():
        data[(*key[:-1], name)] = value


# -- texts ------------------------------------------------------------------------------------------------------


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


def url_validator(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
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


# -- numbers, dates, yes or no ------------------------------------------------------------------------------------


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


# -- lists and dicts ----------------------------------------------------------------------------------------------


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


def convert_to_extras(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Move a field to the end of the list `extras`, as a dict of `key` and `value`."""
    taken = [int(each[1]) for each in data if each[0] == "extras" and len(each) > 1]
    place = max(taken, default=-1) + 1
    data[("extras", place, "key")] = key[-1]
    data[("extras", place, "value")] = data.pop(key, missing)


def convert_from_extras(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Fill in a field from the list `extras`, and take it out of that list."""
    for each in list(data):
        if each[0] == "extras" and each[-1] == "key" and data[each] == key[-1]:
            data[key] = data.pop((*each[:-1], "value"), missing)
            place = each[:-1]
            for rest in [other for other in data if other[: len(place)] == place]:
                del data[rest]


def ignore_not_sysadmin(key: Key, data: Flat, errors: Errors, context: Context) -> None:  # noqa: ARG001 - as above
    """Drop a field unless whoever acts is an administrator, or authorisation is ignored."""
    if not is_administrator(context) and not asbool(context.get("ignore_auth")):
        data.pop(key, None)
        raise StopOnError


VALIDATORS: Final[dict[str, Callable[..., Any]]] = {
    function.__name__: function
    for function in (
        both_not_empty,
        boolean_validator,
        configured_default,
        convert_from_extras,
        convert_int,
        convert_to_extras,
        convert_to_json_if_string,
        convert_to_list_if_string,
        default,
        dict_only,
        email_validator,
        empty,
        identity_converter,
        if_empty_same_as,
        ignore,
        ignore_empty,
        ignore_missing,
        ignore_not_sysadmin,
        int_validator,
        is_positive_integer,
        isodate,
        json_list_or_string,
        json_object,
        keep_extras,
        list_of_strings,
        name_validator,
        natural_number_validator,
        no_http,
        not_empty,
        not_missing,
        one_of,
        remove_whitespace,
        strip_value,
        unicode_only,
        unicode_safe,
        url_validator,
    )
}
"""By the name that `get_validator` finds them under."""
