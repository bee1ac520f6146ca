"""Finds the template helpers and validators of enabled extensions by name, at each use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial, wraps
from inspect import signature
from typing import Any, TypeVar

from portico.compat.ckan.errors import HelperError, UnknownValidator
from portico.compat.ckan.interfaces import Interface, ITemplateHelpers, IValidators, ask
from portico.compat.ckan.loading import PluginImplementations
from portico.compat.ckan.validators import VALIDATORS

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
    """Return a validator: a plugin's that is at work, or else the one that CKAN itself has by that name.

    Raises:
        UnknownValidator: there is none of that name.
    """
    try:
        return _find(
            validator, IValidators, "get_validators", "", UnknownValidator(f"there is no validator {validator!r}")
        )
    except UnknownValidator:
        if validator in VALIDATORS:
            return VALIDATORS[validator]
        raise


def validator_args(function: F) -> Callable[[], Any]:
    """Have a function that makes a schema called with the validators that its parameters name.

    Raises:
        UnknownValidator: when it is called; there is none of the name of a parameter.
    """

    @wraps(function)
    def call() -> Any:
        return function(**{name: get_validator(name) for name in signature(function).parameters})

    return call


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
