"""Shows a host an application that plugins bring no pages to: they come as Flask's blueprints, which it cannot take."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from portico.plugins import PluginManager


class PagelessApplication:
    """What the applications of such frameworks have in common, as their host sees them."""

    def context(self) -> AbstractContextManager[object]:
        """Return the context in which plugins are enabled: there is none."""
        return nullcontext()

    def register(self, manager: PluginManager) -> None:
        """Note with each plugin that brings pages that they are left out; the rest of it is at work."""
        for name, _ in manager.take_blueprints():
            manager.note(name, "pages", "its pages are left out: this application takes no blueprints")

    def put_back(self, plugin: str) -> None:
        """Do nothing: a plugin brings nothing to the application itself."""

    def take_out(self, plugin: str) -> None:
        """Do nothing, as above."""
