"""What extensions bring for one another by name: template helpers and validators. Looked up at each use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from portico.compat.ckan.asking import ask
from portico.compat.ckan.errors import HelperError, UnknownValidator
from portico.compat.ckan.interfaces import Interface, ITemplateHelpers, IValidators
from portico.compat.ckan.loading import PluginImplementations

F = TypeVar("F", bound=Callable[..., Any])


class Helpers:
    """The template helpers of the plugins at work, as attributes."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _find(
            name, ITemplateHelpers, "get_helpers", "chained_helper", _MissingHelperError(f"there is no helper {name!r}")
        )

    __getitem__ = __getattr__

    def __contains__(self, name: object) -> bool:
        return any(name in ask(plugin, ITemplateHelpers, "get_helpers") for plugin in _of(ITemplateHelpers))


class _MissingHelperError(HelperError, AttributeError):
    """No helper of that name; also what `getattr` expects."""


h = Helpers()


def chained_helper(function: F) -> F:
    """Say that a helper wraps the one of the same name: it is called as `(next_helper, *args, **kwargs)`."""
    function.chained_helper = True  # type: ignore[attr-defined]
    return function


def get_validator(validator: str) -> Callable[..., Any]:
    """Return a validator.

    Raises:
        UnknownValidator: no plugin at work has one of that name.
    """
    missing = UnknownValidator(f"there is no validator {validator!r}")
    return _find(validator, IValidators, "get_validators", "", missing)


def _of(interface: type[Interface]) -> Iterable[Any]:
    return PluginImplementations(interface)


def _find(name: str, interface: type[Interface], method: str, chain: str, missing: Exception) -> Callable[..., Any]:
    found = [each[name] for plugin in _of(interface) if name in (each := ask(plugin, interface, method))]
    wrapping = [each for each in found if chain and getattr(each, chain, False)]
    originals = [each for each in found if each not in wrapping]
    if not originals:
        raise missing
    function: Callable[..., Any] = originals[-1]
    for each in reversed(wrapping):
        function = partial(each, function)
    return function
