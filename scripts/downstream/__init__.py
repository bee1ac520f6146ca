"""Runs the own tests of the libraries that the façades stand in for, with and without the façades, and compares."""
