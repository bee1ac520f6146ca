"""Lets Portico stand in for CKAN where that is not installed."""

from importlib.util import find_spec

if find_spec("ckan") is None:
    import portico.compat.ckan

    portico.compat.ckan.install()
