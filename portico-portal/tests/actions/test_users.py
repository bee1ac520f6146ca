from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, select

from portico import Portico
from portico.actions import MASK, ActionRegistry
from portico.builtin import User as AnyUser
from portico.builtin import action_succeeded, user_created
from portico.errors import ActionError, ConflictError, NotAuthorizedError, NotFoundError, ValidationError
from portico.toolkit import get_action
from portico_portal import Database
from portico_portal.actions import register_actions
from portico_portal.models import User
from tests.running import PASSWORD, RunningPortal, add_user, heard

NORA: dict[str, Any] = {"name": "Nora", "email": "Nora@example.org", "password": PASSWORD}

Act = Callable[..., Any]


@pytest.fixture
def registry() -> ActionRegistry:
    registry = Portico().actions  # which knows the transaction of a session
    register_actions(registry)
    return registry


@pytest.fixture
def act(database: Database, registry: ActionRegistry) -> Act:
    """Call an action without a portal around it, and without asking who calls."""

    def act(name: str, /, **data_dict: Any) -> Any:
        with database.session() as session:
            return registry.call(name, {"session": session, "ignore_auth": True}, data_dict)

    return act


def refusal(act: Act, **changes: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        act("user_create", **NORA | changes)
    return refused.value.error_dict


# -- user_create -------------------------------------------------------------------------------------------------


def test_an_account_is_told_in_plain_values_and_without_its_password(act: Act) -> None:
    made = act("user_create", **NORA, full_name=" Nora Petersen ")

    assert made.pop("created_at")
    assert made == {
        "id": 1,
        "name": "Nora",
        "full_name": "Nora Petersen",
        "display_name": "Nora Petersen",
        "email": "Nora@example.org",
        "is_admin": False,
        "is_active": True,
    }


def test_user_created_is_sent_when_everybody_can_read_the_row(act: Act, database: Database) -> None:
    seen: list[tuple[str, int]] = []

    def read(sender: str, /, *, user: AnyUser) -> None:
        with database.session() as other:
            seen.append((sender, other.scalars(select(User.id).where(User.name == user.name)).one()))

    with user_created.connected_to(read):
        made = act("user_create", **NORA)

    assert seen == [("Nora", made["id"])]


def test_a_receiver_can_write_to_the_same_database(act: Act, database: Database) -> None:
    def rename(_sender: str, /, *, user: AnyUser) -> None:
        with database.session() as other:
            other.get_one(User, user.id).full_name = "seen"
            other.commit()

    with user_created.connected_to(rename):
        made = act("user_create", **NORA)

    with database.session() as session:
        assert session.get_one(User, made["id"]).full_name == "seen"


def test_action_succeeded_follows_user_created_and_knows_no_password(act: Act) -> None:
    with heard(user_created, action_succeeded) as sends:
        act("user_create", **NORA)

    assert [name for name, _, _ in sends] == ["user_created", "action_succeeded"]
    assert sends[1][2]["data_dict"] == NORA | {"password": MASK}
    assert PASSWORD not in repr(sends[1][2])


def test_nothing_is_sent_for_an_account_that_was_refused(act: Act) -> None:
    with heard(user_created, action_succeeded) as sends:
        refusal(act, name="no such name!")

    assert sends == []


def test_a_caller_that_defers_the_commit_decides_whether_anything_happened(
    database: Database, registry: ActionRegistry
) -> None:
    with heard(user_created, action_succeeded) as sends, database.session() as session:
        context = {"session": session, "ignore_auth": True, "defer_commit": True}
        registry.call("user_create", context, NORA)
        session.rollback()
        registry.call("user_create", context, NORA | {"name": "amara"})
        assert sends == []
        session.commit()

    assert [(name, sender) for name, sender, _ in sends] == [
        ("user_created", "amara"),
        ("action_succeeded", "user_create"),
    ]


def test_a_name_and_an_address_are_taken_whatever_their_case(act: Act) -> None:
    act("user_create", **NORA)

    with pytest.raises(ConflictError) as refused:
        act("user_create", **NORA | {"name": "NORA", "email": "nORA@EXAMPLE.org"})

    assert refused.value.error_dict == {
        "name": ["This user name is taken; choose another"],
        "email": ["An account with this e-mail address exists; sign in, or set a new password"],
    }


def test_a_name_taken_between_look_and_write_is_told_the_same_way(
    postgresql_database: Database, registry: ActionRegistry
) -> None:
    def overtake(*_: object) -> None:
        add_user(postgresql_database, "nora")

    with postgresql_database.session() as session, heard(user_created) as sends:
        session.add(User(name="before", email="before@example.org", password_hash=""))
        session.flush()
        event.listen(session, "before_flush", overtake, once=True)
        context = {"session": session, "ignore_auth": True, "defer_commit": True}
        with pytest.raises(ConflictError) as refused:
            registry.call("user_create", context, NORA | {"email": "other@example.org"})
        session.commit()

    assert list(refused.value.error_dict) == ["name"]
    assert len(sends) == 1
    with postgresql_database.session() as session:
        # What the caller had written before is the caller's to keep.
        assert sorted(session.scalars(select(User.name))) == ["before", "nora"]


@pytest.mark.parametrize("name", ["", "x", "-nora", "nora smith", "nora@home", "nöra", "n" * 41, "no\nra", "../nora"])
def test_a_name_that_cannot_be_one_is_refused(act: Act, name: str) -> None:
    assert list(refusal(act, name=name)) == ["name"]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "nora",
        "nora@corp.local",
        "nora@localhost",
        "nora@example.invalid",
        "nora@-example.org",
        "nora@xn--a.example",
        '"nora"@example.org',
        "nora@",
        "@example.org",
        "nora@exa mple.org",
        "nora@example.org\nBcc: eve@example.org",
        "ñ@example.org",
    ],
)
def test_an_address_that_cannot_be_one_is_refused(act: Act, email: str) -> None:
    assert list(refusal(act, email=email)) == ["email"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Nora@EXAMPLE.org", "Nora@example.org"),
        ("nora@bücher.example", "nora@xn--bcher-kva.example"),
        ("nora@BÜCHER.example", "nora@xn--bcher-kva.example"),
        ("\uff4eora\uff20example.org", "nora@example.org"),
    ],
)
def test_an_address_is_stored_in_its_normal_form(act: Act, typed: str, stored: str) -> None:
    assert act("user_create", **NORA | {"email": typed})["email"] == stored


def test_a_mailbox_is_taken_however_it_is_spelt(act: Act) -> None:
    act("user_create", **NORA | {"email": "nora@bücher.example"})

    for spelling in ("NORA@xn--bcher-kva.example", "\uff4eora@Bücher.Example"):
        assert list(refusal(act, name="other", email=spelling)) == ["email"]


@pytest.mark.parametrize(
    "password",
    ["", "too short", "x" * 201, "aaaaaaaaaaaa", "          ", "\t \u00a0 \n \t \r  ", " 1234567890 ", "QWERTYuiop"],
)
def test_a_weak_or_endless_password_is_refused(act: Act, password: str) -> None:
    assert list(refusal(act, password=password)) == ["password"]


def test_the_user_name_is_no_password(act: Act) -> None:
    assert refusal(act, name="nora.petersen", password="Nora.Petersen") == {
        "password": ["Use something else than the user name"]
    }


def test_a_full_name_takes_one_line_of_any_alphabet(act: Act) -> None:
    assert act("user_create", **NORA, full_name=" 渡辺 健二 ")["full_name"] == "渡辺 健二"
    assert list(refusal(act, name="other", email="o@example.org", full_name="two\nlines")) == ["full_name"]


@pytest.mark.parametrize("wrong", [5, ["nora"], {"a": 1}, True, "no\0ra", "nora\ud800"])
@pytest.mark.parametrize("field", ["name", "email", "password", "full_name"])
def test_a_field_that_is_no_text_is_refused_whatever_it_is(act: Act, field: str, wrong: object) -> None:
    assert list(refusal(act, **{field: wrong})) == [field]


def test_a_field_that_there_is_not_is_refused(act: Act) -> None:
    assert refusal(act, is_active=True, is_admin="yes") == {
        "is_admin": ["Use true or false"],
        "is_active": ["There is no such field"],
    }


def test_passwords_are_stored_as_argon2id(act: Act, database: Database) -> None:
    made = act("user_create", **NORA)

    with database.session() as session:
        assert session.get_one(User, made["id"]).password_hash.startswith("$argon2id$")


# -- the others --------------------------------------------------------------------------------------------------


def test_a_full_name_can_be_changed(act: Act) -> None:
    made = act("user_create", **NORA)

    assert act("user_update", id=made["id"], full_name="  Nora  ")["full_name"] == "Nora"
    with pytest.raises(ValidationError) as refused:
        act("user_update", id="nora", full_name="x" * 101)

    assert list(refused.value.error_dict) == ["full_name"]
    assert act("user_update", id="nora")["full_name"] == "Nora"
    assert act("user_update", id="nora", full_name="")["display_name"] == "Nora"


def test_an_account_is_closed_and_opened_and_shown_by_number_or_name(act: Act) -> None:
    made = act("user_create", **NORA)

    assert act("user_deactivate", id=made["id"])["is_active"] is False
    assert act("user_show", id="NORA")["is_active"] is False
    assert act("user_activate", id="nora")["is_active"] is True


@pytest.mark.parametrize("key", [99, -1, 2**70, "nobody", "", "no\0body", None, True, [1]])
@pytest.mark.parametrize("action", ["user_show", "user_update", "user_activate", "user_deactivate"])
def test_somebody_who_is_not_there_is_one_of_two_errors(act: Act, action: str, key: object) -> None:
    add_nobody = {} if key is None else {"id": key}

    with pytest.raises((NotFoundError, ValidationError)):
        act(action, **add_nobody)


def test_users_are_listed_in_pages(act: Act) -> None:
    for name in ("nora", "amara", "kenji"):
        act("user_create", **NORA | {"name": name, "email": f"{name}@example.org"})

    everybody = act("user_list")
    page = act("user_list", limit="1", offset=1)

    assert everybody["count"] == page["count"] == 3
    assert [user["name"] for user in everybody["users"]] == ["amara", "kenji", "nora"]
    assert [user["name"] for user in page["users"]] == ["kenji"]
    assert act("user_list", q="AMA")["count"] == 1


@pytest.mark.parametrize("limit", [-1, 1001, "x", 1.5, True, "²"])
def test_a_limit_that_is_no_number_or_too_large_is_refused(act: Act, limit: object) -> None:
    with pytest.raises(ValidationError, match="limit: Use a whole number from 0 to 1000"):
        act("user_list", limit=limit)


def test_an_action_without_a_session_says_what_it_needs(registry: ActionRegistry) -> None:
    with pytest.raises(ActionError, match=r"needs context\['session'\]"):
        registry.call("user_list", {"ignore_auth": True})


# -- who may -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["user_list", "user_activate", "user_deactivate"])
def test_only_administrators_manage(portal: RunningPortal, action: str) -> None:
    portal.add_user("nora")
    portal.add_user("admin", is_admin=True)
    portal.add_user("former", is_admin=True)
    portal.act("user_deactivate", by="admin", id="former")
    data_dict = {} if action == "user_list" else {"id": "nora"}

    for name in ("", "nora", "former", "nobody"):
        with pytest.raises(NotAuthorizedError):
            portal.act(action, by=name, **data_dict)
    assert portal.act(action, by="admin", **data_dict)


@pytest.mark.parametrize("action", ["user_show", "user_update"])
def test_a_member_sees_and_changes_the_own_account_only(portal: RunningPortal, action: str) -> None:
    nora, amara = portal.add_user("nora"), portal.add_user("amara")

    assert portal.act(action, by="nora", id=nora.id)["name"] == "nora"
    assert portal.act(action, by="Nora", id="NORA")["name"] == "nora"
    for key in (amara.id, "amara", "nobody", 99, None):
        with pytest.raises(NotAuthorizedError, match="your own account only"):
            portal.act(action, by="nora", id=key)
    with pytest.raises(NotAuthorizedError):
        portal.act(action, id=nora.id)


def test_accounts_for_others_are_made_by_administrators_also_without_a_password(portal: RunningPortal) -> None:
    portal.add_user("admin", is_admin=True)
    portal.add_user("amara")

    for name in ("", "nobody", "amara"):
        with pytest.raises(NotAuthorizedError, match=r"sign in first|only administrators"):
            portal.act("user_create", by=name, **NORA)
    assert portal.act("user_create", by="admin", **NORA, is_admin=True)["is_admin"]
    assert portal.act("user_create", by="admin", name="kenji", email="kenji@example.org")["name"] == "kenji"


def test_an_administrator_cannot_close_his_own_account(portal: RunningPortal) -> None:
    portal.add_user("admin", is_admin=True)

    with pytest.raises(ValidationError, match="your own account"):
        portal.act("user_deactivate", by="admin", id="ADMIN")

    assert portal.act("user_show", by="admin", id="admin")["is_active"]


def test_the_last_administrator_cannot_be_closed_by_anybody(act: Act) -> None:
    act("user_create", **NORA, is_admin=True)
    act("user_create", name="ada", email="ada@example.org", is_admin=True)
    act("user_deactivate", id="ada")

    with pytest.raises(ValidationError, match="last administrator"):
        act("user_deactivate", id="nora")

    act("user_activate", id="ada")
    assert act("user_deactivate", id="nora")["is_active"] is False


def test_whoever_was_closed_meanwhile_closes_nobody(portal: RunningPortal) -> None:
    for name in ("ada", "nora", "amara"):
        portal.add_user(name, is_admin=True)

    with portal.app.app_context(), portal.parts.database.session() as session:
        # As a request does that has found out who calls, and not yet what is to be done.
        nora = session.scalars(select(User).where(User.name == "nora")).one()
        portal.act("user_deactivate", by="ada", id="nora")
        context = {"session": session, "user": "nora", "auth_user_obj": nora}
        with pytest.raises(NotAuthorizedError, match="your account was closed"):
            get_action("user_deactivate")(context, {"id": "ada"})

    assert portal.act("user_show", by="amara", id="ada")["is_active"]


def test_an_account_that_is_opened_again_opens_no_session_of_before(portal: RunningPortal) -> None:
    nora = portal.signed_in("nora")
    portal.add_user("admin", is_admin=True)

    portal.act("user_deactivate", by="admin", id="nora")
    portal.act("user_activate", by="admin", id="nora")

    assert not nora.is_signed_in()


def test_every_action_has_an_authorisation_function_and_says_what_it_does(portal: RunningPortal) -> None:
    registry = portal.app.extensions["portico"].actions
    portal.add_user("admin", is_admin=True)

    for name in registry.names:
        assert registry.get_action(name).doc
        with portal.app.app_context():
            assert registry.check_access(name, {"user": "admin"})
