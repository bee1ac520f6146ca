"""Declares the forms of the pages: fields and their labels. The models of actions say what may be in them."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask import g, request
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from portico_portal.accounts.validation import EMAIL_LENGTH, FULL_NAME_LENGTH, NAME_RULE, PASSWORD_MAX, PASSWORD_RULE
from portico_portal.actions.tokens import LABEL_LENGTH

STALE_PAGE = (
    "This page was open for too long. What you typed is still here, passwords excepted: check it and send it again."
)


class PortalForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form whose page says what is wrong, at the field or above all fields."""

    def __init__(self, *, blank: bool = False, **data: Any) -> None:
        # The fields of the form alone: Flask-WTF would also take files and JSON for what was typed.
        sent = None if blank or request.method != "POST" else request.form
        super().__init__(formdata=sent or None, **data)

    def is_sent(self) -> bool:
        """Whether it was sent. One with an outdated CSRF token is shown again, input kept."""
        if g.get("csrf_failed"):
            self.form_errors.append(STALE_PAGE)
            return False
        return cast("bool", self.validate_on_submit())

    def text(self, name: str) -> str:
        """What was typed into a field; a field that was not sent is empty."""
        return str(self[name].data or "")

    def texts(self, *names: str) -> dict[str, Any]:
        """What was typed into several fields, by their names: what an action takes."""
        return {name: self.text(name) for name in names}

    def refuse(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Show the errors of a `ValidationError` at their fields."""
        for name, messages in errors.items():
            if name in self._fields:
                field = self._fields[name]
                field.errors = [*field.errors, *messages]
            else:
                self.form_errors.extend(messages)


def _text(label: str, *, required: bool = False, length: int = EMAIL_LENGTH, **more: Any) -> dict[str, Any]:
    keywords = more.pop("keywords", {}) | ({"required": True} if required else {})
    return {"label": label, "render_kw": {"maxlength": length, **keywords}, **more}


def _needed(message: str, length: int) -> list[Any]:
    """What signing in checks of its fields, as it is no action."""
    return [InputRequired(message), Length(max=length, message=f"Use at most {length} characters")]


NAME_KEYWORDS = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}


class SignUpForm(PortalForm):
    """Ask for an account for oneself."""

    name = StringField(**_text("User name", required=True, description=NAME_RULE.capitalize(), keywords=NAME_KEYWORDS))
    full_name = StringField(
        **_text(
            "Full name",
            length=FULL_NAME_LENGTH,
            description="Optional: how we greet you",
            keywords={"autocomplete": "name"},
        )
    )
    email = EmailField(
        **_text(
            "E-mail address",
            required=True,
            description="We send a link there, with which you choose a password",
            keywords={"autocomplete": "email"},
        )
    )


class AddUserForm(PortalForm):
    """Make an account for somebody else."""

    name = StringField(
        **_text(
            "User name",
            required=True,
            description=NAME_RULE.capitalize(),
            keywords=NAME_KEYWORDS | {"autocomplete": "off"},
        )
    )
    full_name = StringField(
        **_text("Full name", length=FULL_NAME_LENGTH, description="Optional", keywords={"autocomplete": "off"})
    )
    email = EmailField(**_text("E-mail address", required=True, keywords={"autocomplete": "off"}))
    password = PasswordField(
        **_text(
            "Password",
            length=PASSWORD_MAX,
            description="Leave it empty, and the person sets one with “Forgot your password?”",
            keywords={"autocomplete": "new-password"},
        )
    )
    is_admin = BooleanField("Administrator", description="May manage people and plugins")


class SignInForm(PortalForm):
    """Open a session."""

    name = StringField(
        **_text(
            "User name or e-mail address",
            validators=_needed("Write your user name", EMAIL_LENGTH),
            keywords=NAME_KEYWORDS,
        )
    )
    password = PasswordField(
        **_text(
            "Password",
            length=PASSWORD_MAX,
            validators=_needed("Write your password", PASSWORD_MAX),
            keywords={"autocomplete": "current-password"},
        )
    )


class ForgotPasswordForm(PortalForm):
    """Ask for a reset link."""

    name = StringField(
        **_text(
            "User name or e-mail address",
            required=True,
            keywords=NAME_KEYWORDS,
        )
    )


class NewPasswordForm(PortalForm):
    """Choose a password: the first one, or a new one."""

    password = PasswordField(
        **_text(
            "New password",
            required=True,
            length=PASSWORD_MAX,
            description=PASSWORD_RULE,
            keywords={"autocomplete": "new-password"},
        )
    )


class AccountForm(PortalForm):
    """Change what others see of oneself."""

    full_name = StringField(
        **_text(
            "Full name",
            length=FULL_NAME_LENGTH,
            description="How we greet you; leave it empty to be called by your user name",
            keywords={"autocomplete": "name"},
        )
    )


class ApiTokenForm(PortalForm):
    """Make a token for a program."""

    label = StringField(
        **_text(
            "What it is for",
            required=True,
            length=LABEL_LENGTH,
            description="So that you know later which one to revoke",
            keywords={"autocomplete": "off"},
        )
    )
