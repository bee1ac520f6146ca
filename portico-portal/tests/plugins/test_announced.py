"""The bundled plugins, as an installed portal announces them."""

from portico.plugins import discover


def test_the_bundled_plugins_are_announced() -> None:
    assert {"audit", "welcome_mail", "flaky"} <= discover().keys()
