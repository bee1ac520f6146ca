"""Says what the built-in signals require of the objects they carry. Any class with these attributes will do."""

from typing import Protocol


class User(Protocol):
    """A person with an account."""

    @property
    def id(self) -> int | str | None:
        """What identifies the account for ever; set by the time a signal carries the user."""

    @property
    def name(self) -> str:
        """What the person signs in with."""

    @property
    def email(self) -> str | None:
        """Where the person is written to; None if unknown."""


class Response(Protocol):
    """What goes out to the client: a Werkzeug, Flask or Django response."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""


class Blueprint(Protocol):
    """A set of pages that is registered as a whole: a Flask blueprint."""

    @property
    def name(self) -> str:
        """What its endpoints start with."""
