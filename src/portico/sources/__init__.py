"""Sends for real systems: one adapter for each, with an extra of its own. Import the one you need."""
