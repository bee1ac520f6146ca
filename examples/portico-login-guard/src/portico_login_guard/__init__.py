"""Holds the Portico plugin `login_guard`."""
