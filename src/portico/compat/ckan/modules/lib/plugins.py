"""Stands for `ckan.lib.plugins`: classes that plugins derive from too, with methods that do nothing here."""

import sys
from pathlib import Path

from portico.compat.ckan import interfaces

__all__ = [
    "DefaultDatasetForm",
    "DefaultGroupForm",
    "DefaultOrganizationForm",
    "DefaultPermissionLabels",
    "DefaultTranslation",
]


class DefaultDatasetForm(interfaces.IDatasetForm):
    """The form that datasets usually have."""


class DefaultGroupForm(interfaces.IGroupForm):
    """The form that groups usually have."""


class DefaultOrganizationForm(interfaces.IGroupForm):
    """The form that organizations usually have."""


class DefaultPermissionLabels(interfaces.IPermissionLabels):
    """Who usually sees a dataset."""


class DefaultTranslation:
    """Where the translations of an extension usually are: in `i18n`, beside its plugin."""

    name: str

    def i18n_directory(self) -> str:
        """Return the folder."""
        return str(Path(sys.modules[type(self).__module__].__file__ or ".").parent / "i18n")

    def i18n_locales(self) -> list[str]:
        """Return the languages in it."""
        folder = Path(self.i18n_directory())
        return sorted(each.name for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []

    def i18n_domain(self) -> str:
        """Return the domain."""
        return f"ckanext-{self.name}"
