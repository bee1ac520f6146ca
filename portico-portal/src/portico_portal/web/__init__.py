"""Serves the pages of the portal, and its API."""

from portico_portal.web.build import add_pages

__all__ = ["add_pages"]
