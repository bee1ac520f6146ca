"""Sends that no receiver's exception leaves."""

from collections.abc import Callable
from typing import Any as Value

from portico.compat.pydispatcher.dispatching import Anonymous, Any, dispatch

Results = list[tuple[Callable[..., Value], Value]]


def sendRobust(signal: Value = Any, sender: Value = Anonymous, *arguments: Value, **named: Value) -> Results:
    """Send as `dispatcher.send` does; the response of a receiver that failed is its exception."""
    return dispatch(signal, sender, arguments, named, isolated=True)
