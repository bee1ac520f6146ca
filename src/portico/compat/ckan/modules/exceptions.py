"""Stands for `ckan.exceptions`."""

from portico.compat.ckan.errors import (
    CkanConfigurationException,
    CkanDeprecationWarning,
    CkanException,
    CkanVersionException,
    HelperError,
)

__all__ = [
    "CkanConfigurationException",
    "CkanDeprecationWarning",
    "CkanException",
    "CkanVersionException",
    "HelperError",
]
