"""The pages of the portal: what a browser sends and gets. Decides nothing about accounts."""

from portico_portal.web.build import add_pages

__all__ = ["add_pages"]
