"""Shows operators in a Flask blueprint which plugins there are and how they are doing, and switches them."""

from portico.console.blueprint import create_console

__all__ = ["create_console"]
