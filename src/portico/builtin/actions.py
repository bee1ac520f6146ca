"""Declares the signals around every action.

Payloads are copies, with what an action declares sensitive masked in them.
"""

from typing import Any

from portico.builtin.namespaces import core


@core.signal(policy="isolate", since="0.1")
def before_action(action_name: str, /, *, context: dict[str, Any], data_dict: dict[str, Any]) -> None:
    """Sent right before an action runs, after its authorisation. Nested actions too.

    What a receiver changes in the payload changes nothing for the action: wrap it to do that.
    """


@core.signal(policy="isolate", since="0.1")
def action_succeeded(action_name: str, /, *, context: dict[str, Any], data_dict: dict[str, Any], result: Any) -> None:
    """Sent when an action has returned and what it wrote is committed; not if it is rolled back. Nested actions too."""
