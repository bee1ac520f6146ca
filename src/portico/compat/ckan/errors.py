"""Declares the exceptions of `ckan.plugins.toolkit`; those of actions can be caught as Portico's too."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from portico.errors import ActionError, NotAuthorizedError, NotFoundError
from portico.errors import ValidationError as PorticoValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = [
    "ActionError",
    "CkanConfigurationException",
    "CkanDeprecationWarning",
    "CkanException",
    "CkanVersionException",
    "HelperError",
    "Invalid",
    "NotAuthorized",
    "ObjectNotFound",
    "StopOnError",
    "UnknownValidator",
    "ValidationError",
    "translated",
]


class _WithMessage(Exception):  # noqa: N818 - a part of the exceptions below
    @property
    def message(self) -> str:
        """What is wrong."""
        return str(self)


class NotAuthorized(_WithMessage, NotAuthorizedError):  # noqa: N818 - CKAN's name
    """Whoever asks may not do it."""


class ObjectNotFound(_WithMessage, NotFoundError):  # noqa: N818 - as above
    """What an action is about is not there."""


class ValidationError(_WithMessage, PorticoValidationError):
    """Fields of an action's data cannot be taken as they are."""

    def __init__(self, error_dict: Any, error_summary: Any = None, extra_msg: str | None = None) -> None:
        """Take what is wrong by field, nested as the data is; or as one text."""
        # CKAN's may hold lists of dicts, which the base class does not take.
        self.error_dict = dict(error_dict) if isinstance(error_dict, dict) else {"message": [str(error_dict)]}
        self._summary = error_summary
        self.extra_msg = extra_msg
        Exception.__init__(self, " - ".join(str(part) for part in (self.error_dict, extra_msg) if part))

    @property
    def error_summary(self) -> Any:
        """What is wrong, for a person to read."""
        return self._summary or {
            str(field).replace("_", " ").capitalize(): ", ".join(map(str, messages))
            for field, messages in self.error_dict.items()
        }


class Invalid(Exception):  # noqa: N818 - CKAN's name
    """Raised by a validator."""

    def __init__(self, error: str, key: Any = None) -> None:
        """Take what is wrong."""
        super().__init__(error)
        self.error = error
        self.key = key


class StopOnError(Exception):
    """Raised by a validator to have no further ones called."""


class UnknownValidator(Exception):  # noqa: N818 - as above
    """No enabled plugin has a validator of that name."""


class CkanException(Exception):  # noqa: N818 - as above
    """What CKAN raises besides the exceptions of its actions."""


class CkanConfigurationException(CkanException):
    """A value of the configuration is missing or cannot be used."""


class HelperError(CkanException):
    """No enabled plugin has a template helper of that name."""


class CkanVersionException(CkanException):
    """The extension is for another version of CKAN."""


class CkanDeprecationWarning(DeprecationWarning):
    """An extension uses what CKAN is going to drop."""


@contextmanager
def translated() -> Iterator[None]:
    """Let Portico's own exceptions out of a block as those that extensions catch."""
    try:
        yield
    except _WithMessage:
        raise
    except NotAuthorizedError as error:
        raise NotAuthorized(*error.args) from error
    except NotFoundError as error:
        raise ObjectNotFound(*error.args) from error
    except PorticoValidationError as error:
        raise ValidationError(error.error_dict) from error
