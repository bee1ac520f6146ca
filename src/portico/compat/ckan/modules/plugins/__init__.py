"""Stands for `ckan.plugins`."""

from portico.compat.ckan.modules.plugins import core, interfaces, toolkit
from portico.compat.ckan.modules.plugins.core import *  # noqa: F403 - all of them, by their names
from portico.compat.ckan.modules.plugins.interfaces import *  # noqa: F403 - as above

__all__ = ["core", "interfaces", "toolkit"]
__all__ += core.__all__ + interfaces.__all__
