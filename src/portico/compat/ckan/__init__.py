"""CKAN's plugin and signal interfaces, for extensions that are to run without CKAN. No dataset, no database of CKAN."""

from portico.compat.ckan.discovery import GROUPS, candidates, manage
from portico.compat.ckan.installing import install

__all__ = ["GROUPS", "candidates", "install", "manage"]
