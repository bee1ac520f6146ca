"""Shows Portico's signals as CKAN's two namespaces, with blinker's interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from portico.builtin import core, ext

if TYPE_CHECKING:
    from portico.signals import Namespace, Signal


class CkanNamespace(Mapping[str, "Signal[...]"]):
    """Signals by the names that CKAN registers them under; Portico's names find the same ones."""

    def __init__(self, namespace: Namespace, names: Mapping[str, str]) -> None:
        """Take a namespace, and Portico's names by CKAN's where they differ."""
        self._namespace: Final = namespace
        self._names: Final = names

    def signal(self, name: str, doc: str | None = None) -> Signal[...]:
        """Get a signal, or create it."""
        return self._namespace.signal(self._names.get(name, name), doc)

    def __getitem__(self, name: str) -> Signal[...]:
        signal = self._namespace.get(self._names.get(name, name))
        if signal is None:
            raise KeyError(name)
        return signal

    def __iter__(self) -> Iterator[str]:
        return (signal.name for signal in self._namespace)

    def __len__(self) -> int:
        return len(self._namespace)

    def __bool__(self) -> bool:
        return True  # An empty namespace is still one.

    def __repr__(self) -> str:
        return f"<CkanNamespace of {self._namespace!r}>"


ckan: Final = CkanNamespace(
    core, {"action_succeed": "action_succeeded", "logged_in": "user_logged_in", "logged_out": "user_logged_out"}
)
"""The signals of the portal itself."""

ckanext: Final = CkanNamespace(ext, {})
"""The signals of extensions."""
