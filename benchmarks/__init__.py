"""Measures Portico's signals beside their peers and a bare loop. No part of the library; run as `make bench`."""
