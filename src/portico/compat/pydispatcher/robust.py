"""Sends a signal, and returns as results what receivers raise."""

from collections.abc import Callable, Hashable
from typing import Any as Value

from portico.compat.pydispatcher.dispatching import Anonymous, Any, dispatches, turns
from portico.compat.pydispatcher.robustapply import robustApply

Results = list[tuple[Callable[..., Value], Value]]


def sendRobust(signal: Value = Any, sender: Value = Anonymous, *arguments: Value, **named: Value) -> Results:
    """Send as `dispatcher.send` does; the response of a receiver that failed is its exception."""
    results: Results = []
    called: set[Hashable] = set()
    for dispatch in dispatches(signal, sender, named, isolated=True):
        with dispatch:
            for receiver in turns(dispatch, sender, called):
                try:
                    given = {"signal": signal, "sender": sender, **dispatch.payload}
                    dispatch.returned(robustApply(receiver, *arguments, **given))
                except BaseException as error:
                    if dispatch.lets_out(error):
                        raise
        results += dispatch.originals()
    return results
