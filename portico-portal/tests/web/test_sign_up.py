import pytest

from portico.builtin import user_created
from tests.mail_server import MailServer
from tests.running import PASSWORD, RunningPortal, StartPortal, heard, sign_up
from tests.visitor import text_of

NORA = {"name": "nora", "full_name": "Nora Petersen", "email": "nora@example.org"}


def test_signing_up_makes_an_account_that_can_sign_in(portal: RunningPortal, mail_server: MailServer) -> None:
    visitor = portal.visitor()

    with heard(user_created) as sends:
        answer = sign_up(visitor, mail_server, **NORA)

    assert answer.location == "/sign-in?name=nora"
    assert [(sender, payload["user"].email) for _, sender, payload in sends] == [("nora", "nora@example.org")]
    assert "Your account nora is ready" in text_of(visitor.get(answer.location))
    visitor.sign_in("nora", PASSWORD)
    assert visitor.is_signed_in()


def test_the_answer_does_not_tell_whether_the_address_has_an_account(
    portal: RunningPortal, mail_server: MailServer
) -> None:
    portal.add_user("amara", email="taken@example.org")

    free = portal.visitor().submit("/sign-up", **NORA | {"email": "freed@example.org"})
    taken = portal.visitor().submit("/sign-up", **NORA | {"email": "taken@example.org"})

    assert (free.status_code, text_of(free)) == (taken.status_code, text_of(taken).replace("taken@", "freed@"))
    assert [mail["Subject"] for mail in mail_server.to("freed@example.org")] == ["Portico: make your account"]
    assert [mail["Subject"] for mail in mail_server.to("taken@example.org")] == ["Portico: you have an account"]


def test_a_taken_name_is_told_at_its_field_and_everything_else_is_kept(portal: RunningPortal) -> None:
    portal.add_user("nora")

    page = portal.visitor().submit("/sign-up", **NORA | {"name": "Nora", "email": "other@example.org"})

    assert "This user name is taken; choose another" in text_of(page)
    assert 'aria-describedby="name-hint name-error-1"' in page.text
    assert 'value="Nora Petersen"' in page.text
    assert 'value="other@example.org"' in page.text


@pytest.mark.parametrize("field", ["name", "email"])
def test_a_field_that_is_left_empty_is_named(portal: RunningPortal, field: str) -> None:
    page = portal.visitor().submit("/sign-up", **NORA | {field: ""})

    assert f'id="{field}-error-1"' in page.text


def test_the_token_leaves_the_address_at_once(portal: RunningPortal, mail_server: MailServer) -> None:
    visitor = portal.visitor()
    visitor.submit("/sign-up", **NORA)

    assert visitor.get(mail_server.link()).location == "/sign-up/password"


def test_a_weak_password_is_told_at_its_field_and_never_sent_back(
    portal: RunningPortal, mail_server: MailServer
) -> None:
    page = sign_up(portal.visitor(), mail_server, **NORA, password="password123")

    assert 'id="password-error-1"' in page.text
    assert "among the first that are guessed" in text_of(page)
    assert "password123" not in page.text


def test_a_used_link_says_so_before_and_after_typing(portal: RunningPortal, mail_server: MailServer) -> None:
    first, second = portal.visitor(), portal.visitor()
    first.submit("/sign-up", **NORA)
    for visitor in (first, second):
        visitor.get(mail_server.link())
    form = second.form("/sign-up/password")
    first.submit("/sign-up/password", password=PASSWORD)

    page = second.post("/sign-up/password", form | {"password": PASSWORD})

    assert page.status_code == 410
    assert "its address has an account" in text_of(page)
    assert second.get("/sign-up/password").status_code == 410
    assert second.get("/sign-up/nonsense").status_code == 410


def test_nobody_becomes_an_administrator_by_adding_a_field(portal: RunningPortal, mail_server: MailServer) -> None:
    visitor = portal.visitor()
    visitor.submit("/sign-up", **NORA, is_admin="y", is_active="y")
    visitor.get(mail_server.link())
    visitor.submit("/sign-up/password", password=PASSWORD, is_admin="y")

    visitor.sign_in("nora", PASSWORD)
    assert visitor.get("/users").status_code == 403


def test_sign_up_can_be_closed(start_portal: StartPortal) -> None:
    visitor = start_portal(allow_sign_up=False).visitor()

    for path in ("/sign-up", "/sign-up/password", "/sign-up/token"):
        assert visitor.get(path).status_code == 403
    assert "/sign-up" not in visitor.get("/").text
    assert "/sign-up" not in visitor.get("/sign-in").text


def test_what_a_person_types_is_text_on_every_page(portal: RunningPortal) -> None:
    visitor = portal.signed_in("nora", full_name="<script>alert(1)</script>")

    assert "<script" not in visitor.get("/").text
    assert "&lt;script&gt;" in visitor.get("/").text
