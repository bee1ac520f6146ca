"""Runs the plugins and signal code of CKAN extensions where CKAN is not installed."""

from portico.compat.ckan.installing import install
from portico.compat.ckan.loading import GROUPS, candidates, manage

__all__ = ["GROUPS", "candidates", "install", "manage"]
