"""Holds the plugins that come with the portal, each an example of its interface."""
