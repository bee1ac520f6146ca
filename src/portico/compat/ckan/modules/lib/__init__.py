"""Stands for `ckan.lib`."""

from portico.compat.ckan.modules import lacks_modules

__getattr__ = lacks_modules("ckan.lib")
