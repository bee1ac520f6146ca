"""Declares what the fields of actions can be, each kind with its rule and the words that refuse a value.

API, OpenAPI description and pages are all about these: a value is looked at once, when an action reads its model.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Self

import pydantic
from email_validator import EmailNotValidError
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from portico.errors import ValidationError
from portico_portal.accounts import normal_address, validation

MISSING: Final = "Missing value"
UNKNOWN: Final = "There is no such field"
NO_TEXT: Final = "Use a text"
NO_FLAG: Final = "Use true or false"
LARGEST_NUMBER: Final = 2**31 - 1
_REFUSED: Final = "refused"
_WORDS: Final = {
    "missing": MISSING,
    "extra_forbidden": UNKNOWN,
    "invalid_key": UNKNOWN,
    "string_type": NO_TEXT,
    "string_unicode": NO_TEXT,
    "bool_type": NO_FLAG,
    "model_type": "Use fields and their values",
}
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether every database takes a text: PostgreSQL has no NUL, and half a surrogate pair is no character."""
    return _UNSTORABLE.search(text) is None


# -- models --------------------------------------------------------------------------------------------------------


class Taken(BaseModel):
    """What an action takes: every field that it knows, and no other. A null is a field that was left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {name: value for name, value in data.items() if value is not None or name not in cls.model_fields}

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """The model of a `data_dict`.

        Raises:
            ValidationError: one message for each field that cannot be taken, in the words of this module.
        """
        try:
            return super().model_validate(obj, **options)
        except pydantic.ValidationError as error:
            raise ValidationError(_in_words(error.errors(include_url=False, include_input=False))) from None


class Nothing(Taken):
    """No fields."""


class Shown(BaseModel):
    """What an action returns: read from a row, written as plain values."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def _in_words(errors: list[ErrorDetails]) -> dict[str, str]:
    told: dict[str, str] = {}
    for error in errors:
        field = str(error["loc"][0]) if error["loc"] else "data"
        told.setdefault(field, _WORDS.get(error["type"], error["msg"]))
    return told


# -- what is wrong with a value --------------------------------------------------------------------------------------


def refusal(words: str) -> PydanticCustomError:
    """What a validator raises for a value that cannot be taken; the words are for whoever filled it in."""
    return PydanticCustomError(_REFUSED, "{words}", {"words": words})


def _storable(text: str) -> str:
    if not is_storable(text):
        raise refusal(NO_TEXT)
    return text


def given(text: str) -> str:
    """Refuse an empty text."""
    if not text:
        raise refusal(MISSING)
    return text


def ruled(rule: Callable[[str], str | None]) -> AfterValidator:
    """Refuse a text that a rule has words about."""

    def check(text: str) -> str:
        if words := rule(text):
            raise refusal(words)
        return text

    return AfterValidator(check)


def at_most(length: int) -> AfterValidator:
    """Refuse a longer text."""
    return ruled(lambda text: f"Use at most {length} characters" if len(text) > length else None)


def _address(*, public: bool) -> AfterValidator:
    def check(text: str) -> str:
        try:
            return normal_address(text, public=public)
        except (EmailNotValidError, UnicodeError):
            raise refusal(validation.EMAIL_RULE) from None

    return AfterValidator(check)


def number(*, largest: int) -> BeforeValidator:
    """Read a whole number from 0; digits will do, as an address has nothing else."""

    def check(value: Any) -> int:
        if isinstance(value, str) and re.fullmatch("[0-9]{1,20}", value):
            # More digits are too many for any number here, and thousands of them for Python.
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
            raise refusal(f"Use a whole number from 0 to {largest}")
        return value

    return BeforeValidator(check)


def _read_key(value: Any) -> Any:
    if isinstance(value, str) and is_storable(value):
        return given(value.strip())
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_NUMBER:
        raise refusal(f"Use a name, or a whole number from 0 to {LARGEST_NUMBER}")
    return value


def schema(kind: str, **more: Any) -> WithJsonSchema:
    """How a kind of fields is described to programs."""
    return WithJsonSchema({"type": kind, **more})


# -- kinds of fields -------------------------------------------------------------------------------------------------

Plain = Annotated[str, AfterValidator(_storable)]
"""A text as it is."""
Text = Annotated[Plain, AfterValidator(str.strip)]
"""A text without the blanks around it, which may be empty."""
Name = Annotated[
    Text,
    AfterValidator(given),
    at_most(validation.EMAIL_LENGTH),
    schema("string", minLength=1, maxLength=validation.EMAIL_LENGTH),
]
"""Whom somebody means: a user name or an e-mail address."""
Link = Annotated[Text, AfterValidator(given), schema("string", minLength=1)]
"""The end of a mailed link."""
UserName = Annotated[
    Text,
    AfterValidator(given),
    ruled(validation.name_error),
    schema("string", pattern=f"^{validation.NAME_PATTERN.pattern}$"),
]
FullName = Annotated[
    Text, ruled(validation.full_name_error), schema("string", maxLength=validation.FULL_NAME_LENGTH, pattern="^[^\n]*$")
]
_ADDRESS: Final = schema("string", format="email", maxLength=validation.EMAIL_LENGTH)
Address = Annotated[Text, AfterValidator(given), _address(public=False), _ADDRESS]
"""An e-mail address in its normal form, perhaps of a network of one's own."""
PublicAddress = Annotated[Text, AfterValidator(given), _address(public=True), _ADDRESS]
"""An e-mail address in its normal form that can be mailed from everywhere."""
Password = Annotated[
    Plain,
    ruled(validation.password_error),
    schema(
        "string",
        format="password",
        writeOnly=True,
        minLength=validation.PASSWORD_MIN,
        maxLength=validation.PASSWORD_MAX,
    ),
]
Number = Annotated[int, number(largest=LARGEST_NUMBER), schema("integer", minimum=0, maximum=LARGEST_NUMBER)]
Key = Annotated[
    int | str,
    BeforeValidator(_read_key),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER},
                {"type": "string", "minLength": 1},
            ]
        }
    ),
]
"""A row's number, or a name."""
Moment = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str), schema("string", format="date-time")]
