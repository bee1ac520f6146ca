"""CKAN's plugin and signal interfaces, for extensions that are to run without CKAN. No dataset, no database of CKAN."""

from portico.compat.ckan.installing import install
from portico.compat.ckan.loading import GROUPS, candidates, manage

__all__ = ["GROUPS", "candidates", "install", "manage"]
