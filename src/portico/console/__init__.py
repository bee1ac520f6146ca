"""The operator's pages as a Flask blueprint: which plugins there are, and how they are doing."""

from portico.console.blueprint import create_console

__all__ = ["create_console"]
