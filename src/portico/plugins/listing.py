"""What a plugin says of itself in an `IAppRegister`, and what is listed of it. Changes nothing about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from portico.plugins.interfaces import IAppRegister
from portico.signals import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a plugin says of itself; None where it says nothing."""

    title: str | None = None
    version: str | None = None
    author: str | None = None
    url: str | None = None
    about: str | None = None


def introduction(parts: Iterable[object]) -> Introduction:
    """Ask the first part that is an `IAppRegister`.

    Raises:
        Exception: whatever the plugin raises, or a TypeError if what it returns is no mapping.
    """
    for part in parts:
        if IAppRegister.provided_by(part):
            said: Any = cast("IAppRegister", part)()
            if not isinstance(said, Mapping):
                kind = type(said).__name__
                msg = f"IAppRegister returned {kind!r}; return a dict with name, version, author, url, notes"
                raise TypeError(msg)
            return Introduction(
                title=_text(said, "name"),
                version=_text(said, "version"),
                author=_text(said, "author"),
                url=_text(said, "url", "author_url"),
                about=_text(said, "notes"),
            )
    return Introduction()


def _text(said: Mapping[str, Any], *keys: str) -> str | None:
    found = next((said[key] for key in keys if said.get(key)), None)
    return None if found is None else one_line(str(found))
