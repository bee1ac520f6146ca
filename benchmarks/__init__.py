"""Measures Portico's signals beside their peers and a bare loop: `make bench`."""
