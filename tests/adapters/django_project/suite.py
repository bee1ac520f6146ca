"""Tests the project as its own `manage.py test` does."""

from django.test import TestCase

from portico.adapters import host_of


class Pages(TestCase):  # type: ignore[misc]  # Django has no types.
    def test_a_request(self) -> None:
        assert self.client.get("/").status_code == 200
        host = host_of()
        assert host is not None
        assert host.is_open

    def test_another_request(self) -> None:
        assert self.client.get("/add?title=Emma").status_code == 200
