"""Stands for `ckan.lib.navl`."""

from portico.compat.ckan.modules import lacks_modules

__getattr__ = lacks_modules("ckan.lib.navl")
