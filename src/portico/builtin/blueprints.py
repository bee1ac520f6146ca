"""Declares the signal of a web page that is about to become part of the portal."""

from portico.builtin.namespaces import core
from portico.builtin.types import Blueprint


@core.signal(policy="isolate", since="0.1")
def register_blueprint(blueprint_type: str, /, *, blueprint: Blueprint) -> None:
    """Sent right before a typed blueprint is registered: of datasets, resources, groups, organizations, ...

    That is while the application is built; a receiver may still add to the blueprint.
    """
