"""Holds the CKAN extension `quality`."""
