import pytest
from sqlalchemy import func, select

from portico.builtin import failed_login, user_logged_in, user_logged_out
from portico_portal import DEMO_PASSWORD
from portico_portal.models import UserSession
from tests.running import PASSWORD, MovableClock, RunningPortal, StartPortal, heard
from tests.visitor import Visitor, text_of


def session_cookie(visitor: Visitor) -> str:
    cookie = visitor.client.get_cookie("portico_session")
    assert cookie is not None
    return cookie.value


def test_signing_in_and_out_is_sent_with_the_real_app_and_user(portal: RunningPortal) -> None:
    portal.add_user("nora")
    visitor = portal.visitor()

    with heard(user_logged_in, user_logged_out, failed_login) as sends:
        visitor.sign_in("nora", PASSWORD)
        visitor.press("/", "/sign-out")

    assert [(name, sender is portal.app, payload["user"].name) for name, sender, payload in sends] == [
        ("user_logged_in", True, "nora"),
        ("user_logged_out", True, "nora"),
    ]
    assert not visitor.is_signed_in()


def test_signing_out_twice_is_sent_once(portal: RunningPortal) -> None:
    visitor = portal.signed_in("nora")
    form = visitor.form("/", "/sign-out")

    with heard(user_logged_out) as sends:
        visitor.post("/sign-out", form)
        visitor.submit("/sign-in", name="nora", password="wrong")
        visitor.post("/sign-out", visitor.form("/sign-in"))

    assert len(sends) == 1


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(portal: RunningPortal) -> None:
    portal.add_user("nora")

    with heard(failed_login) as sends:
        known = portal.visitor().sign_in("nora", "wrong password")
        unknown = portal.visitor().sign_in("nobody", "wrong password")

    assert "The user name or the password is wrong." in text_of(known)
    assert text_of(known) == text_of(unknown)
    assert known.status_code == unknown.status_code
    assert [sender for _, sender, _ in sends] == ["nora", "nobody"]


def test_the_session_is_a_new_one_after_signing_in(portal: RunningPortal) -> None:
    portal.add_user("nora")
    visitor = portal.visitor()
    form = visitor.form("/sign-in")
    before = session_cookie(visitor)

    visitor.post("/sign-in", form | {"name": "nora", "password": PASSWORD})

    assert session_cookie(visitor) != before
    assert visitor.post("/sign-out", form).status_code == 400
    assert visitor.is_signed_in()


def test_too_many_failures_are_told_with_when_to_come_back(portal: RunningPortal, clock: MovableClock) -> None:
    portal.add_user("nora")
    visitor = portal.visitor()
    for _ in range(5):
        visitor.sign_in("nora", "wrong password")

    answer = visitor.sign_in("nora", PASSWORD)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "900"
    assert "Too many attempts. Try again in 15 minutes." in text_of(answer)
    clock.move(minutes=16)
    assert visitor.sign_in("nora", PASSWORD).status_code == 302


def test_failures_from_elsewhere_do_not_lock_somebody_out(portal: RunningPortal) -> None:
    portal.add_user("nora")
    stranger = portal.visitor(address="203.0.113.9")
    for _ in range(7):
        stranger.sign_in("nora", "wrong password")

    assert portal.visitor().sign_in("nora", PASSWORD).status_code == 302


def test_a_page_for_members_is_opened_after_signing_in(portal: RunningPortal) -> None:
    portal.add_user("nora")
    visitor = portal.visitor()

    to_sign_in = visitor.get("/account?x=1").location
    answer = visitor.submit(to_sign_in, name="nora", password=PASSWORD)

    assert answer.location == "/account?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(portal: RunningPortal, target: str) -> None:
    portal.add_user("nora")

    visitor = portal.visitor()
    fields = visitor.form("/sign-in")
    answer = visitor.client.post(
        "/sign-in", query_string={"next": target}, data=fields | {"name": "nora", "password": PASSWORD}
    )

    assert answer.location == "/"


def test_the_demo_password_opens_nothing_in_production(start_portal: StartPortal) -> None:
    demo = start_portal(mode="demo")
    demo.add_user("admin", password=DEMO_PASSWORD)
    assert demo.visitor().sign_in("admin", DEMO_PASSWORD).status_code == 302

    production = start_portal(mode="production")

    with heard(failed_login) as sends:
        assert production.visitor().sign_in("admin", DEMO_PASSWORD).status_code == 200
    assert len(sends) == 1


def test_a_closed_account_loses_its_session_at_once(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)
    nora = portal.signed_in("nora")
    assert nora.is_signed_in()

    admin.press("/users", "/users/2/deactivate")

    assert not nora.is_signed_in()


def test_a_copied_cookie_is_nobody_s_after_signing_out(portal: RunningPortal) -> None:
    visitor, elsewhere = portal.signed_in("nora"), portal.visitor()
    elsewhere.sign_in("nora", PASSWORD)
    thief = portal.visitor()
    thief.client.set_cookie("portico_session", session_cookie(visitor))
    assert thief.is_signed_in()

    visitor.press("/", "/sign-out")

    assert not thief.is_signed_in()
    assert elsewhere.is_signed_in()


def test_a_session_ends_at_its_age_however_often_it_was_used(start_portal: StartPortal, clock: MovableClock) -> None:
    visitor = start_portal(session_hours=3).signed_in("nora")

    for _ in range(3):
        assert visitor.is_signed_in()
        clock.move(minutes=59)
    assert visitor.is_signed_in()
    clock.move(minutes=4)

    assert not visitor.is_signed_in()


def test_a_session_from_the_future_is_nobody_s(portal: RunningPortal, clock: MovableClock) -> None:
    clock.move(days=30)
    visitor = portal.signed_in("nora")
    clock.move(days=-30)

    assert not visitor.is_signed_in()


def test_old_sessions_do_not_fill_the_table(portal: RunningPortal, clock: MovableClock) -> None:
    portal.add_user("nora")
    for _ in range(3):
        portal.visitor().sign_in("nora", PASSWORD)
        clock.move(hours=13)

    with portal.parts.database.session() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 1


def test_a_session_cookie_of_another_key_is_nobody(start_portal: StartPortal) -> None:
    visitor = start_portal().signed_in("nora")
    cookie = session_cookie(visitor)

    other = start_portal(secret_key="x" * 32).visitor()
    other.client.set_cookie("portico_session", cookie)

    assert not other.is_signed_in()
