"""Enables plugins for the length of a block, as tests do, and says what they leave behind."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from portico.errors import HostError, PluginError
from portico.host.host import Portico, current_host
from portico.host.look import refuse_while_looking
from portico.plugins import Plugin, PluginState

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def use_plugin(*plugins: str | type[Plugin]) -> Iterator[Any]:
    """Enable plugins on the open host, or on one of their own if none is open; afterwards they are as they were.

    Args:
        *plugins: names of installed plugins, or plugin classes. What they require has to be among them, or enabled.

    Yields:
        The plugin, or a list of them if there are several.

    Raises:
        UnknownPluginError: no such plugin is installed.
        PluginError: one failed; or, afterwards, something of one is still connected.
        HostError: this process is only `looking`.
    """
    refuse_while_looking("use plugins")
    with ExitStack() as stack:
        try:
            host = current_host()
        except HostError:
            host = stack.enter_context(Portico())
        yield stack.enter_context(_used(host, plugins))


@contextmanager
def _used(host: Portico, plugins: tuple[str | type[Plugin], ...]) -> Iterator[Any]:
    manager = host.plugins.manager
    names = [host.know(each) for each in plugins]
    off = [name for name in names if manager.state(name) is not PluginState.ENABLED]
    try:
        manager.enable_all(off)
        for name in names:
            manager.check_enabled(name)
        found = [manager.instance(name) for name in names]
        yield found[0] if len(found) == 1 else found
    finally:
        manager.disable_all(off)
    leaked = [leak for name in off for leak in manager.leaked_by(name)]
    if leaked:
        msg = f"still connected after {', '.join(off)} was disabled: {'; '.join(leaked)}"
        raise PluginError(msg)
