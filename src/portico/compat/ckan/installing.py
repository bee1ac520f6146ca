"""Makes CKAN's modules importable in this process, where CKAN is not installed. Enables nothing."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from portico.builtin import core, ext
from portico.compat.ckan.namespace_packages import stand_in_module
from portico.compat.ckan.site import give_values
from portico.compat.standing_in import stand_in
from portico.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HERE: Final = "portico.compat.ckan.modules"
MODULES: Final = {
    "ckan": _HERE,
    "ckan.common": f"{_HERE}.common",
    "ckan.lib": f"{_HERE}.lib",
    "ckan.lib.helpers": f"{_HERE}.lib.helpers",
    "ckan.lib.plugins": f"{_HERE}.lib.plugins",
    "ckan.lib.signals": f"{_HERE}.lib.signals",
    "ckan.plugins": f"{_HERE}.plugins",
    "ckan.plugins.blanket": f"{_HERE}.plugins.blanket",
    "ckan.plugins.core": f"{_HERE}.plugins.core",
    "ckan.plugins.interfaces": f"{_HERE}.plugins.interfaces",
    "ckan.plugins.toolkit": f"{_HERE}.plugins.toolkit",
    "ckan.types": f"{_HERE}.types",
    "ckantoolkit": f"{_HERE}.plugins.toolkit",
}
"""Our modules, by the names that they are imported under."""


def install(config: Mapping[str, object] | None = None) -> Callable[[], None]:
    """Let `import ckan.plugins` and its like import the façade, in this process.

    Args:
        config: what extensions find in `toolkit.config`, by dotted name.

    Returns:
        What undoes it, for imports yet to come.

    Raises:
        ConfigurationError: CKAN itself is installed, or another package is called `ckan`.
        MissingExtraError: Flask is not installed.
    """
    _refuse_real_ckan()
    give_values({"ckan.plugins": [], **(config or {})})
    with ExitStack() as undo:
        # Any CKAN plugin may send any of them, with whatever it has at hand.
        undo.callback(core.open_signals())
        undo.callback(ext.open_signals())
        undo.callback(stand_in({name: import_module(module) for name, module in MODULES.items()}))
        if "pkg_resources" not in sys.modules and find_spec("pkg_resources") is None:
            undo.callback(stand_in({"pkg_resources": stand_in_module()}))
        return undo.pop_all().close


def _refuse_real_ckan() -> None:
    known = sys.modules.get("ckan")
    if known is not None:
        where = None if known.__name__ == _HERE else getattr(known, "__file__", None) or "this process"
    else:
        spec = find_spec("ckan")
        where = None if spec is None else spec.origin or str(spec.submodule_search_locations)
    if where is not None:
        msg = f"cannot stand in for CKAN: a package of that name is in {where}; remove it, or run the extensions there"
        raise ConfigurationError(msg)
