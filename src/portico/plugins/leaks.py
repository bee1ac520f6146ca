"""Looks for what is still connected of a plugin that is off. Cancels nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portico.plugins.status import PluginState
from portico.signals import Subscription, describe_receiver, enrolled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portico.plugins.imports import Home, ImportWatch
    from portico.plugins.managed import Managed


def leaks(managed: Managed, imports: ImportWatch) -> tuple[str, ...]:
    """Return what is connected of a plugin that is not enabled, in words. Nothing of an enabled one is a leak."""
    if managed.state is PluginState.ENABLED:
        return ()
    shared = {each for home in managed.homes for each in home.subscriptions if _in_use(home)}
    found = {
        each: None
        for each in (*_everything(), *managed.owned)
        if each.connected and each not in shared and _belongs(each, managed, imports)
    }
    leaked = [f"{describe_receiver(each.receiver)} at {each.signal.label}" for each in found]
    leaked += [f"{describe_receiver(each.receiver)} at {each.signal!r}" for each in managed.foreign.connections]
    return tuple(leaked)


def _everything() -> Iterator[Subscription]:
    for signal in enrolled():
        yield from signal.subscriptions


def _belongs(subscription: Subscription, managed: Managed, imports: ImportWatch) -> bool:
    if subscription.owner is not None:
        return subscription.owner == managed.name
    home = imports.home_of(subscription.module or "")
    return home is not None and managed in home.holders and not _in_use(home)


def _in_use(home: Home) -> bool:
    return any(home.is_used_by(each) for each in home.holders)
