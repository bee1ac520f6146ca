"""Reads the portal's settings: environment over `portico.toml` over defaults."""

import ipaddress
import json
import os
import secrets
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic import ValidationError as PydanticError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy.exc import ArgumentError

from portico.errors import ConfigurationError
from portico.plugins import Limits
from portico_portal.complaints import PREFIX, explain
from portico_portal.database import URL_ADVICE, read_url

CONFIG_VARIABLE = "PORTICO_CONFIG"
DEFAULT_CONFIG = Path("portico.toml")
SECRET_KEY_LENGTH = 16
# A month: whoever is signed in for longer than that has forgotten where.
LONGEST_SESSION_HOURS = 24 * 31


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine's loopback interface."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _split_names(value: object) -> object:
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


def _read_json(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError("write a JSON object") from error


NameList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_names)]
JsonObject = Annotated[dict[str, Any], NoDecode, BeforeValidator(_read_json)]


class Settings(BaseSettings):
    """Everything that can be set, by a key of `portico.toml` or a variable `PORTICO_<KEY>`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    mode: Literal["production", "demo"] = "production"
    site_name: str = Field(default="Portico", min_length=1, max_length=60)
    secret_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    database_url: str = "sqlite:///portico.db"
    plugins: NameList = ()
    plugin_folder: Path | None = None
    ckan_extensions: bool = False
    ckan_config: JsonObject = Field(default_factory=dict)
    quarantine_after: int = Field(default=5, ge=0)
    slow_receiver_seconds: float = Field(default=2, ge=0)
    watch_payloads: bool = False
    many_subscriptions: int = Field(default=1000, ge=1)
    allow_sign_up: bool = True
    session_hours: float = Field(default=12, gt=0, le=LONGEST_SESSION_HOURS)
    passwords_at_once: int = Field(default=2, ge=1)
    password_wait_seconds: float = Field(default=5, ge=0, le=60)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    base_url: str | None = Field(default=None, pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$")
    trusted_proxies: int = Field(default=0, ge=0)

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_timeout_seconds: float = Field(default=10, gt=0)
    mail_sender: str = Field(default="portico@localhost", pattern=r"^[^\s@<>]+@[^\s@<>]+$")

    mailbox_dir: Path | None = None

    @property
    def is_demo(self) -> bool:
        """Whether this is the demo: a known password, and loopback only."""
        return self.mode == "demo"

    @property
    def plugin_limits(self) -> Limits:
        """How much of a plugin is borne; 0 is for no limit."""
        return Limits(
            failures_in_a_row=self.quarantine_after or None,
            slow_seconds=self.slow_receiver_seconds or None,
            watch_payloads=self.watch_payloads,
            subscriptions=self.many_subscriptions,
        )

    @property
    def public_url(self) -> str:
        """Where people find the portal, without a trailing slash.

        Links in mails are built from it, never from the request: its `Host` header is the visitor's to choose.
        """
        if self.base_url:
            return self.base_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def signing_key(self) -> str:
        """What sessions and links are signed with."""
        return self.secret_key.get_secret_value()

    @field_validator("secret_key")
    @classmethod
    def _is_long_enough(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        length = len(value.get_secret_value())
        if length == 0 and info.data.get("mode") == "demo":
            return SecretStr(secrets.token_hex(32))
        if length < SECRET_KEY_LENGTH:
            raise ValueError(
                f"is missing or shorter than {SECRET_KEY_LENGTH} characters; set PORTICO_SECRET_KEY "
                'to the output of: python -c "import secrets; print(secrets.token_hex())"'
            )
        return value

    @field_validator("host")
    @classmethod
    def _is_loopback_in_the_demo(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("mode") == "demo" and not is_loopback(value):
            raise ValueError(f"is {value!r}, but demo mode binds loopback only; use 127.0.0.1")
        return value

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, value: str) -> str:
        try:
            read_url(value)
        except ArgumentError:
            # Its text may hold the URL, and the URL a password.
            raise ValueError(URL_ADVICE) from None
        return value

    @field_validator("plugin_folder")
    @classmethod
    def _is_a_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"names {str(value)!r}, which is not a folder; make it, or name another")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic-settings'
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, file


def config_file() -> Path:
    """The configuration file: `portico.toml` in the current folder unless `PORTICO_CONFIG` names another."""
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process; `overrides` win over the environment and the file.

    Raises:
        ConfigurationError: one message that names every setting that is missing, misspelt or unusable.
    """
    file = config_file()
    if os.environ.get(CONFIG_VARIABLE) and not file.is_file():
        raise ConfigurationError(f"{CONFIG_VARIABLE} names {str(file)!r}, which is not a file")
    try:
        return Settings(**overrides)
    except PydanticError as error:
        raise ConfigurationError(explain(error, given=overrides, file=file)) from None  # its cause would show values
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"cannot read {str(file)!r}: {error}") from error


def given_settings(**values: Any) -> Settings:
    """Settings that are exactly these and the defaults; the environment and the file are left alone.

    Raises:
        ConfigurationError: one message that names every setting that is missing, misspelt or unusable.
    """
    try:
        return _GivenSettings(**values)
    except PydanticError as error:
        raise ConfigurationError(explain(error, given=values, file=None)) from None


class _GivenSettings(Settings):
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)
