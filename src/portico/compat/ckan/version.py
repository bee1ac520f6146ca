"""Tells extensions which version of CKAN the façade stands in for."""

from __future__ import annotations

import re
from typing import Final

from portico.compat.ckan.errors import CkanVersionException

CKAN_VERSION: Final = "2.11.0"


def check_ckan_version(min_version: str | None = None, max_version: str | None = None) -> bool:
    """Tell whether the version is within these bounds."""
    current = _parts(CKAN_VERSION)
    return (not min_version or current >= _parts(min_version)) and (not max_version or current <= _parts(max_version))


def requires_ckan_version(min_version: str, max_version: str | None = None) -> None:
    """Do nothing if the version is within these bounds.

    Raises:
        CkanVersionException: it is not.
    """
    if not check_ckan_version(min_version, max_version):
        wanted = f"{min_version} to {max_version}" if max_version else f"{min_version} or later"
        msg = f"the extension is for CKAN {wanted}; Portico stands in for CKAN {CKAN_VERSION}"
        raise CkanVersionException(msg)


def _parts(version: str) -> list[int]:
    return [int(part) for part in re.sub(r"[^0-9.]", "", version).split(".") if part]
