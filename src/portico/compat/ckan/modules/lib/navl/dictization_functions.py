"""Stands for `ckan.lib.navl.dictization_functions`."""

from portico.compat.ckan.errors import Invalid, StopOnError
from portico.compat.ckan.validation import DataError, Missing, missing
from portico.compat.ckan.validation import navl_validate as validate

__all__ = ["DataError", "Invalid", "Missing", "StopOnError", "missing", "validate"]
