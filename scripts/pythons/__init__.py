"""Runs the library's tests, or the benchmark, on every Python that Portico claims."""
