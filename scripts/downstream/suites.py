"""Lists the tests of each library that are run."""

from __future__ import annotations

from typing import Final, NamedTuple


class Suite(NamedTuple):
    """The tests of one library."""

    distribution: str
    """What is installed and downloaded."""
    facade: str
    """The module whose `install()` lets ours be imported instead."""
    tests: tuple[str, ...]
    """Folders for pytest, or packages of Django's test suite."""


# Of Django's suite the packages that use signals, and those whose subject sends them.
_DJANGO: Final = """
apps asgi auth_tests backends basic builtin_server cache composite_pk contenttypes_tests custom_pk defer_regress delete
delete_regress deprecation dispatch file_storage fixtures_regress generic_relations_regress get_or_create handlers
httpwrappers invalid_models_tests m2m_signals many_to_many messages_tests migrate_signals model_fields
multiple_database proxy_models requests_tests servers settings_tests signals sites_tests swappable_models
test_client_regress test_utils transaction_hooks update_only_fields wsgi
"""

SUITES: Final = {
    "blinker": Suite("blinker", "portico.compat.blinker", ("tests",)),
    "pydispatcher": Suite("pydispatcher", "portico.compat.pydispatcher", ("tests",)),
    "django": Suite("django", "portico.compat.django_dispatch", tuple(_DJANGO.split())),
}
