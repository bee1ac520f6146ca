from portico_portal import Database
from portico_portal.accounts import find_taken, find_user, search_users
from portico_portal.models import User
from tests.running import add_user


def test_somebody_is_found_by_name_or_address(database: Database) -> None:
    user = add_user(database, "Nora")

    with database.session() as session:
        for words in (" nora ", "NORA@EXAMPLE.ORG"):
            found = find_user(session, words)
            assert found is not None
            assert found.id == user.id
        assert find_user(session, "nobody") is None


def test_a_search_looks_at_name_full_name_and_address_and_takes_words_as_they_are(database: Database) -> None:
    add_user(database, "Nora", full_name="Nora Petersen")
    add_user(database, "per_cent", email="p@example.net", password=None)

    with database.session() as session:

        def found(words: str) -> list[str]:
            return [user.name for user in search_users(session, words, limit=9)[0]]

        assert found("petERSEN") == ["Nora"]
        assert found("example.net") == ["per_cent"]
        assert found("_") == ["per_cent"]
        assert search_users(session, "%", limit=9) == ([], 0)
        assert search_users(session, "", limit=1) == ([find_user(session, "nora")], 2)


def test_what_is_taken_is_taken_whatever_its_case(database: Database) -> None:
    add_user(database, "Nora")

    with database.session() as session:
        assert list(find_taken(session, "NORA", "nORA@EXAMPLE.org")) == ["name", "email"]
        assert find_taken(session, "nor", "or@example.org") == {}


def test_a_stored_user_is_somebody(database: Database) -> None:
    user = add_user(database, "nora")

    assert isinstance(user, User)
    assert (user.is_authenticated, user.is_anonymous) == (True, False)
