"""Connects a host to the application of one web framework: one module each, with the same verbs."""
