from portico.portal import Database
from portico.portal.plugin_state import DatabaseStateStore


def test_nothing_is_remembered_at_first(database: Database) -> None:
    assert DatabaseStateStore(database).load() == {}


def test_the_last_switch_is_what_is_remembered(database: Database) -> None:
    store = DatabaseStateStore(database)

    store.save("flaky", enabled=True)
    store.save("flaky", enabled=False)
    store.save("audit", enabled=True)

    assert DatabaseStateStore(database).load() == {"flaky": False, "audit": True}
