from typing import Any

import pytest
from sqlalchemy import event, select

from portico.builtin import User as AnyUser
from portico.builtin import user_created
from portico.portal import Database, ValidationError, create_user
from portico.portal.accounts import change_full_name, find_user, search_users, set_active
from portico.portal.models import User
from tests.portal.running import PASSWORD, heard

NORA: dict[str, Any] = {"name": "Nora", "email": "Nora@example.org", "password": PASSWORD}


def refusal(database: Database, **changes: Any) -> dict[str, str]:
    with database.session() as session, pytest.raises(ValidationError) as refused:
        create_user(session, **NORA | changes)
    return refused.value.errors


def test_user_created_is_sent_when_everybody_can_read_the_row(database: Database) -> None:
    seen: list[tuple[str, int]] = []

    def read(sender: str, /, *, user: AnyUser) -> None:
        with database.session() as other:
            seen.append((sender, other.scalars(select(User.id).where(User.name == user.name)).one()))

    with user_created.connected_to(read), database.session() as session:
        user = create_user(session, **NORA)

    assert seen == [("Nora", user.id)]


def test_a_receiver_can_write_to_the_same_database(database: Database) -> None:
    def rename(_sender: str, /, *, user: AnyUser) -> None:
        with database.session() as other:
            row = other.get(User, user.id)
            assert row is not None
            row.full_name = "seen"
            other.commit()

    with user_created.connected_to(rename), database.session() as session:
        user = create_user(session, **NORA)

    with database.session() as session:
        assert session.get_one(User, user.id).full_name == "seen"


def test_nothing_is_sent_for_an_account_that_was_refused(database: Database) -> None:
    with heard(user_created) as sends:
        refusal(database, name="no such name!")

    assert sends == []


def test_a_name_and_an_address_are_taken_whatever_their_case(database: Database) -> None:
    with database.session() as session:
        create_user(session, **NORA)

    assert refusal(database, name="NORA", email="nORA@EXAMPLE.org") == {
        "name": "This user name is taken; choose another",
        "email": "An account with this e-mail address exists; sign in, or set a new password",
    }


def test_a_name_taken_between_look_and_write_is_told_the_same_way(database: Database) -> None:
    def overtake(*_: object) -> None:
        with database.session() as faster:
            create_user(faster, **NORA)

    with database.session() as session, heard(user_created) as sends:
        event.listen(session, "before_flush", overtake)
        with pytest.raises(ValidationError) as refused:
            create_user(session, **NORA | {"email": "other@example.org"})

    assert list(refused.value.errors) == ["name"]
    assert len(sends) == 1


@pytest.mark.parametrize("name", ["", "x", "-nora", "nora smith", "nora@home", "nöra", "n" * 41, "no\nra", "../nora"])
def test_a_name_that_cannot_be_one_is_refused(database: Database, name: str) -> None:
    assert list(refusal(database, name=name)) == ["name"]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nora",
        "nora@",
        "@example.org",
        "nora@exa mple.org",
        "nora@example.org\nBcc: eve@example.org",
        "ñ@example.org",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(database: Database, email: str) -> None:
    assert list(refusal(database, email=email)) == ["email"]


@pytest.mark.parametrize("password", ["", "too short", "x" * 201])
def test_a_weak_or_endless_password_is_refused(database: Database, password: str) -> None:
    assert list(refusal(database, password=password)) == ["password"]


def test_the_user_name_is_no_password(database: Database) -> None:
    assert refusal(database, name="nora.petersen", password="Nora.Petersen") == {
        "password": "Use something else than the user name"
    }


def test_a_full_name_takes_one_line_of_any_alphabet(database: Database) -> None:
    with database.session() as session:
        assert create_user(session, **NORA, full_name=" 渡辺 健二 ").full_name == "渡辺 健二"
    assert list(refusal(database, name="other", email="o@example.org", full_name="two\nlines")) == ["full_name"]


def test_passwords_are_stored_as_argon2id(database: Database) -> None:
    with database.session() as session:
        user = create_user(session, **NORA)

    assert user.password_hash.startswith("$argon2id$")


def test_somebody_is_found_by_name_or_address(database: Database) -> None:
    with database.session() as session:
        user = create_user(session, **NORA)

        assert find_user(session, " nora ") is user
        assert find_user(session, "NORA@EXAMPLE.ORG") is user
        assert find_user(session, "nobody") is None


def test_a_search_looks_at_name_full_name_and_address_and_takes_words_as_they_are(database: Database) -> None:
    with database.session() as session:
        create_user(session, **NORA, full_name="Nora Petersen")
        create_user(session, name="per_cent", email="p@example.net", password=None)

        assert [user.name for user in search_users(session, "petERSEN", limit=9)[0]] == ["Nora"]
        assert [user.name for user in search_users(session, "example.net", limit=9)[0]] == ["per_cent"]
        assert [user.name for user in search_users(session, "_", limit=9)[0]] == ["per_cent"]
        assert search_users(session, "%", limit=9) == ([], 0)
        assert search_users(session, "", limit=1) == ([find_user(session, "nora")], 2)


def test_an_administrator_cannot_close_his_own_account(database: Database) -> None:
    with database.session() as session:
        admin = create_user(session, **NORA, is_admin=True)

        with pytest.raises(ValidationError, match="your own account"):
            set_active(session, admin, active=False, by=admin)

        assert admin.is_active


def test_a_full_name_can_be_changed(database: Database) -> None:
    with database.session() as session:
        user = create_user(session, **NORA)

        change_full_name(session, user, "  Nora  ")
        with pytest.raises(ValidationError):
            change_full_name(session, user, "x" * 101)

    with database.session() as session:
        assert session.get_one(User, user.id).full_name == "Nora"
