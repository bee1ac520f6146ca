"""Provides the tests of the adapters with a host that is closed whatever happens."""

from tests.host.conftest import MakeHost, make_host

__all__ = ["MakeHost", "make_host"]
