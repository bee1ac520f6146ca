"""The steps of enabling one plugin, each of which may fail. Undoes nothing and decides nothing: the manager does."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from portico.errors import PluginError
from portico.plugins.blueprints import blueprints_of
from portico.plugins.dependencies import required_by
from portico.plugins.interfaces import IPluginBootstrap, ISignal
from portico.plugins.listing import introduction
from portico.plugins.parts import parts_of
from portico.plugins.plugin import check_interfaces
from portico.plugins.status import Stage
from portico.plugins.subscriptions import read_mapping
from portico.signals import is_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portico.plugins.managed import Managed


class StepFailed(Exception):  # noqa: N818 - carries the real error across the undoing, and is never seen outside
    """A step failed, with the plugin's own error."""

    def __init__(self, stage: Stage, error: BaseException) -> None:
        super().__init__(stage, error)
        self.stage = stage
        self.error = error


@contextmanager
def step(stage: Stage) -> Iterator[None]:
    """Tell what fails in the block as a failure of this stage.

    Raises:
        StepFailed: something did. `sys.exit()` in a plugin, too, ends the plugin's enabling and not the portal.
    """
    try:
        yield
    except BaseException as error:
        if not is_failure(error):
            raise
        raise StepFailed(stage, error) from error


def load(managed: Managed) -> None:
    """Import the plugin and make its instances, once and for all; read what it says of itself."""
    if not managed.parts:
        with step(Stage.IMPORT):
            try:
                with managed.imported:
                    loaded = managed.candidate.load()
            except BaseException:
                _forget_unfinished_imports(managed)
                raise
            with managed.connected:
                parts = parts_of(loaded)
            managed.requires = required_by(parts)
            managed.parts = parts


def connect(managed: Managed) -> None:
    """Connect what was connected at import, and the mappings."""
    with step(Stage.MAPPING):
        managed.resume_imported()
        for part in managed.parts:
            check_interfaces(part)
    with managed.connected:
        _read_introduction(managed)
        if not managed.registered:
            with step(Stage.BLUEPRINT):
                managed.blueprints = blueprints_of(managed.parts)
        with step(Stage.ACTIONS):
            managed.take()
        with step(Stage.MAPPING):
            # Declared with `implements`, a part need not be an instance of the interface.
            mappings = [cast("ISignal", part) for part in managed.parts if ISignal.provided_by(part)]
            for wanted in [entry for part in mappings for entry in read_mapping(part.get_signal_subscriptions())]:
                wanted.connect(managed.foreign)


def bootstrap(managed: Managed) -> None:
    """Run the plugin's own code; what it connects belongs to it."""
    for part in managed.parts:
        if IPluginBootstrap.provided_by(part):
            with step(Stage.BOOTSTRAP), managed.connected:
                cast("IPluginBootstrap", part).bootstrap()


def missing(managed: Managed, there: set[str], states: dict[str, Managed]) -> PluginError | None:
    """Return what is to be said about the first required plugin that is not there; None if none is missing."""
    for name in managed.requires:
        if name in there:
            continue
        required = states.get(name)
        if required is None:
            return PluginError(f"it requires {name!r}, which is not installed")
        if _leads_to(required, managed.name, states):
            return PluginError(f"it requires {name!r}, which requires it in turn; one of them has to do without")
        return PluginError(f"it requires {name!r}, which is {required.state}; enable that first")
    return None


def _leads_to(start: Managed, name: str, states: dict[str, Managed]) -> bool:
    seen: set[str] = set()
    ahead = list(start.requires)
    while ahead:
        each = ahead.pop()
        if each == name:
            return True
        if each not in seen and each in states:
            seen.add(each)
            ahead += states[each].requires
    return False


def _read_introduction(managed: Managed) -> None:
    try:
        managed.introduction = introduction(managed.parts)
    except BaseException as error:
        if not is_failure(error):
            raise
        # Only a listing lacks something.
        managed.notebook.write("listing", f"its IAppRegister failed: {type(error).__name__}: {error}")


def _forget_unfinished_imports(managed: Managed) -> None:
    # A module that raised will be imported again, and connect again; one that was finished will not.
    owned = managed.imported
    owned.suspend()
    for subscription in list(owned.subscriptions):
        if subscription.module not in sys.modules:
            subscription.cancel()
            owned.subscriptions.remove(subscription)
