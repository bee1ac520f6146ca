"""Provides the tests of actions with a registry, and with what receivers were told of its actions."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from portico import Portico
from portico.actions import ActionRegistry, Context, action_depth
from portico.builtin import action_succeeded, before_action

Told = list[tuple[str, str, int]]
"""What receivers heard: signal, action, depth."""


@pytest.fixture
def registry() -> ActionRegistry:
    """The actions of a host, which knows what sessions are in."""
    return Portico().actions


@pytest.fixture
def told() -> Iterator[Told]:
    told: Told = []

    def before(name: str, **_: Any) -> None:
        told.append(("before", name, action_depth()))

    def after(name: str, **_: Any) -> None:
        told.append(("succeeded", name, action_depth()))

    with before_action.connected_to(before), action_succeeded.connected_to(after):
        yield told


def register(registry: ActionRegistry, **actions: Callable[..., Any]) -> None:
    """Register actions that nora may call."""
    registry.register(actions, {name: lambda context, data_dict: context.get("user") == "nora" for name in actions})


def context(session: object = None) -> Context:
    """Return the context of nora."""
    return {"user": "nora", "session": session}
