"""Stands for `ckan.lib.helpers`: addresses and redirects, and the helpers of the plugins at work."""

from typing import Any

from flask import url_for
from markupsafe import Markup as literal  # noqa: N813 - CKAN's name

from portico.compat.ckan.helpers import chained_helper, h
from portico.compat.ckan.pages import redirect_to

helper_functions = h

__all__ = ["chained_helper", "helper_functions", "literal", "redirect_to", "url_for"]


def __getattr__(name: str) -> Any:
    return getattr(h, name)
