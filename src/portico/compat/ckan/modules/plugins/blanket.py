"""Stands for `ckan.plugins.blanket`."""

from portico.compat.ckan.blanket import (
    actions,
    auth_functions,
    blueprints,
    cli,
    config_declarations,
    helpers,
    validators,
)

__all__ = ["actions", "auth_functions", "blueprints", "cli", "config_declarations", "helpers", "validators"]
