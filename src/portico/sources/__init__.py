"""Adapters that send for real systems, one module each. Import the one you need; each needs its own extra."""
