import pytest

from portico.builtin import user_created
from tests.portal.running import PASSWORD, RunningPortal, StartPortal, heard
from tests.portal.visitor import text_of

NORA = {"name": "nora", "full_name": "Nora Petersen", "email": "nora@example.org", "password": PASSWORD}


def test_signing_up_makes_an_account_that_can_sign_in(portal: RunningPortal) -> None:
    visitor = portal.visitor()

    with heard(user_created) as sends:
        answer = visitor.submit("/sign-up", **NORA)

    assert answer.location == "/sign-in?name=nora"
    assert [(sender, payload["user"].email) for _, sender, payload in sends] == [("nora", "nora@example.org")]
    assert "Your account nora is ready" in text_of(visitor.get(answer.location))
    visitor.sign_in("nora", PASSWORD)
    assert visitor.is_signed_in()


def test_a_taken_name_is_told_at_its_field_and_everything_else_is_kept(portal: RunningPortal) -> None:
    portal.add_user("nora")

    page = portal.visitor().submit("/sign-up", **NORA | {"name": "Nora", "email": "other@example.org"})

    assert "This user name is taken; choose another" in text_of(page)
    assert 'aria-describedby="name-hint name-error-1"' in page.text
    assert 'value="Nora Petersen"' in page.text
    assert 'value="other@example.org"' in page.text


def test_a_password_is_never_sent_back(portal: RunningPortal) -> None:
    page = portal.visitor().submit("/sign-up", **NORA | {"name": "!"})

    assert page.status_code == 200
    assert PASSWORD not in page.text


@pytest.mark.parametrize("field", ["name", "email", "password"])
def test_a_field_that_is_left_empty_is_named(portal: RunningPortal, field: str) -> None:
    page = portal.visitor().submit("/sign-up", **NORA | {field: ""})

    assert f'id="{field}-error-1"' in page.text


def test_nobody_becomes_an_administrator_by_adding_a_field(portal: RunningPortal) -> None:
    portal.visitor().submit("/sign-up", **NORA, is_admin="y", is_active="y")

    visitor = portal.visitor()
    visitor.sign_in("nora", PASSWORD)
    assert visitor.get("/users").status_code == 403


def test_sign_up_can_be_closed(start_portal: StartPortal) -> None:
    visitor = start_portal(allow_sign_up=False).visitor()

    assert visitor.get("/sign-up").status_code == 403
    assert "/sign-up" not in visitor.get("/").text
    assert "/sign-up" not in visitor.get("/sign-in").text


def test_what_a_person_types_is_text_on_every_page(portal: RunningPortal) -> None:
    visitor = portal.signed_in("nora", full_name="<script>alert(1)</script>")

    assert "<script" not in visitor.get("/").text
    assert "&lt;script&gt;" in visitor.get("/").text
