"""Gives a command the host of the application that it is about, to be looked at or to be opened for real."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol, runtime_checkable

import click

from portico.errors import HostError
from portico.host import Portico, current_host, looking


@runtime_checkable
class OffersHost(Protocol):
    """A group of commands that knows which application they are about."""

    def open_host(self, ctx: click.Context) -> AbstractContextManager[Portico]:
        """Return the host for as long as a command needs it."""


def host_for(ctx: click.Context) -> AbstractContextManager[Portico]:
    """Return the host that the nearest group around a command offers.

    Raises:
        click.UsageError: no application is named.
        ConfigurationError: it cannot be loaded, or has no host.
    """
    around: click.Context | None = ctx
    while around is not None:
        if isinstance(around.command, OffersHost):
            return around.command.open_host(around)
        around = around.parent
    raise click.UsageError("this command is about an application, and none is offered here")


@contextmanager
def looked_at(ctx: click.Context) -> Iterator[Portico]:
    """Give that host without putting its plugins to work.

    One that is at work already, as where a command of Flask calls another one, stays so.

    Raises:
        click.UsageError: no application is named.
        ConfigurationError: it cannot be loaded, or has no host.
    """
    with ExitStack() as stack:
        if not _is_at_work():
            stack.enter_context(looking())
        yield stack.enter_context(host_for(ctx))


def _is_at_work() -> bool:
    try:
        return current_host().is_open
    except HostError:
        return False
