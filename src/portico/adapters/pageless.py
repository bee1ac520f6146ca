"""Shows a host an application that plugins bring no pages to: they come as Flask's blueprints, which it cannot take."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from portico.plugins import IBlueprint

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from portico.host import Portico
    from portico.signals import Undo


class PagelessApplication:
    """What the applications of such frameworks have in common, as their host sees them."""

    def context(self) -> AbstractContextManager[object]:
        """Return the context in which plugins are enabled: there is none."""
        return nullcontext()

    def offer(self, host: Portico) -> Undo:
        """Note with each plugin that brings pages that they are left out; return what undoes it."""
        text = "its pages are left out: this application takes no blueprints"
        return host.contributions.offer(
            IBlueprint, take=lambda _, scope: host.plugins.manager.note(scope.owner, "pages", text), stage="blueprint"
        )

    def register(self, host: Portico) -> None:
        """Do nothing: a plugin brings nothing to the application itself."""
