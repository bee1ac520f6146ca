"""Tells enabled plugins of what happens to another one. An observer that fails is its own affair."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from portico.plugins.interfaces import IPluginObserver
from portico.plugins.status import Failure, PluginState, Stage
from portico.signals import is_failure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from portico.plugins.managed import Managed

logger = logging.getLogger(__name__)


def tell_observers(moment: str, about: Managed, plugins: Iterable[Managed], *, also: Collection[Managed] = ()) -> None:
    """Call a method of `IPluginObserver` on every other enabled plugin that is one, in order.

    Args:
        moment: the method.
        about: whom it is about.
        plugins: all of them.
        also: those that are as good as enabled.
    """
    for managed in plugins:
        if managed is about or not (managed.state is PluginState.ENABLED or managed in also):
            continue
        for part in managed.parts:
            if IPluginObserver.provided_by(part):
                try:
                    with managed.connected:
                        getattr(part, moment)(about.parts[0])
                except BaseException as error:
                    if not is_failure(error):
                        raise
                    managed.fail(Failure.of(Stage.OBSERVER, error))
                    logger.exception("plugin %s failed in %s of plugin %s", managed.name, moment, about.name)
