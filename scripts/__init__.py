"""Holds the programs that make calls, and the one that counts what there is to read."""
