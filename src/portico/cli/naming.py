"""Finds out which application is meant: by an option, a variable of the environment, or pyproject.toml."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from portico.errors import ConfigurationError

VARIABLE = "PORTICO_APP"
WAYS = f"""no application is named; name one in one of these ways:
  portico --app MODULE:NAME ...
  {VARIABLE}=MODULE:NAME
  [tool.portico] app = "MODULE:NAME" in pyproject.toml, here or in a folder above
  FLASK_APP=MODULE:NAME or DJANGO_SETTINGS_MODULE=MODULE
It is a Portico, a Flask, ASGI or Django application, or a function that makes one: shop:app, shop/wsgi.py:create_app"""


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody called the application."""

    text: str
    by: str
    """Where it was said."""
    folder: Path
    """Where its modules are, besides what is installed."""
    is_django: bool = False
    """Whether `text` is the module of a Django project's settings."""

    def __str__(self) -> str:
        return f"{self.text!r} ({self.by})"

    @property
    def module(self) -> str:
        """The module, or the path of a file, that is imported for it."""
        return self._parts[0]

    @property
    def expression(self) -> str:
        """What is said to be in the module; empty if nothing is."""
        return self._parts[1]

    @property
    def _parts(self) -> tuple[str, str]:
        # Not the colon of a drive: C:\shop.py
        module, *expression = re.split(r":(?![\\/])", self.text, maxsplit=1)
        return module.strip(), "".join(expression).strip()


def named_application(
    option: str | None, environment: Mapping[str, str] = os.environ, folder: Path | None = None
) -> Named:
    """Return the application that is meant.

    Args:
        option: what `--app` says.
        environment: the variables.
        folder: the current one, if left out.

    Raises:
        click.UsageError: none is named.
        ConfigurationError: a pyproject.toml cannot be read, or names it with something that is no text.
    """
    folder = (folder or Path.cwd()).resolve()
    if option is not None:
        if not option.strip():
            raise click.BadParameter("name an application, such as shop:app", param_hint="--app")
        return Named(option.strip(), "--app", folder)
    if text := environment.get(VARIABLE, "").strip():
        return Named(text, VARIABLE, folder)
    if named := _in_pyproject(folder):
        return named
    if text := environment.get("FLASK_APP", "").strip():
        return Named(text, "FLASK_APP", folder)
    if text := environment.get("DJANGO_SETTINGS_MODULE", "").strip():
        return Named(text, "DJANGO_SETTINGS_MODULE", folder, is_django=True)
    raise click.UsageError(WAYS)


def _in_pyproject(folder: Path) -> Named | None:
    """Return what the nearest pyproject.toml that names one says."""
    for above in (folder, *folder.parents):
        file = above / "pyproject.toml"
        if file.is_file() and (text := _app_in(file)):
            return Named(text, str(file), above)
    return None


def _app_in(file: Path) -> str | None:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot read {str(file)!r}: {error}") from error
    tool = content.get("tool")
    ours = tool.get("portico") if isinstance(tool, dict) else None
    said = ours.get("app") if isinstance(ours, dict) else None
    if said is not None and (not isinstance(said, str) or not said.strip()):
        raise ConfigurationError(f'app in [tool.portico] of {str(file)!r} is {said!r}; write "MODULE:NAME"')
    return said.strip() if said else None
