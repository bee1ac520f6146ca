"""Stands for the package `ckan`: what its modules offer, under their names."""

from collections.abc import Callable
from typing import Any

from portico.compat.ckan.version import CKAN_VERSION
from portico.errors import MissingExtraError

try:
    import flask_login  # noqa: F401 - asked for here, with the Flask that it needs, so that no module below has to
except ImportError as error:
    raise MissingExtraError("Flask-Login", "flask") from error

__version__ = CKAN_VERSION


def lacks_modules(package: str) -> Callable[[str], Any]:
    """Return a `__getattr__` for a package of modules: `from package import x` fails as `import package.x` does."""

    def refuse(name: str) -> Any:
        if name.startswith("_"):
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        msg = f"No module named '{package}.{name}': Portico's façade of CKAN does not have it"
        raise ModuleNotFoundError(msg, name=f"{package}.{name}")

    return refuse


__getattr__ = lacks_modules("ckan")
