"""What is imported as `ckan`. Re-exports the façade under CKAN's names, module by module."""

from portico.compat.ckan.version import CKAN_VERSION

__version__ = CKAN_VERSION
