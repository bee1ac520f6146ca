"""Stands for `ckan.plugins.interfaces`."""

from portico.compat.ckan.interfaces import *  # noqa: F403 - all of them, by their names
from portico.compat.ckan.interfaces import __all__ as __all__  # noqa: PLC0414 - said to be on purpose
