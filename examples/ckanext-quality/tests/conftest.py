"""Where CKAN is not installed, Portico stands in for it."""

from importlib.util import find_spec

if find_spec("ckan") is None:
    import portico.compat.ckan

    portico.compat.ckan.install()
