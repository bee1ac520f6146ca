"""The CKAN extension `quality`."""
