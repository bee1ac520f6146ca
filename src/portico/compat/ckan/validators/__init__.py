"""Offers the validators that CKAN has by name, those that need no dataset and no database behind them."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from portico.compat.ckan.validators import fields, values

if TYPE_CHECKING:
    from collections.abc import Callable

VALIDATORS: Final[dict[str, Callable[..., Any]]] = {
    name: function
    for module in (fields, values)
    for name, function in vars(module).items()
    # Every function that a module defines is one.
    if isinstance(function, FunctionType) and function.__module__ == module.__name__
}
"""By the name that `get_validator` finds them under."""
