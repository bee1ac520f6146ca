import pytest

from portico.builtin import user_created
from tests.running import PASSWORD, RunningPortal, heard
from tests.visitor import text_of


@pytest.mark.parametrize("path", ["/users", "/users/new", "/activity", "/console/plugins", "/console/plugins.json"])
def test_only_administrators_manage(portal: RunningPortal, path: str) -> None:
    assert portal.visitor().get(path).location.startswith("/sign-in?next=")
    assert portal.signed_in("nora").get(path).status_code == 403
    assert portal.signed_in("admin", is_admin=True).get(path).status_code == 200


def test_an_administrator_adds_a_user_and_it_is_sent(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)

    with heard(user_created) as sends:
        answer = admin.submit("/users/new", name="nora", email="nora@example.org", password=PASSWORD)

    assert answer.location == "/users"
    assert [sender for _, sender, _ in sends] == ["nora"]
    assert "nora@example.org" in text_of(admin.get("/users"))
    assert portal.visitor().sign_in("nora", PASSWORD).status_code == 302


def test_a_user_can_be_added_without_a_password_and_as_administrator(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)

    with heard(user_created) as sends:
        admin.submit("/users/new", name="nora", email="nora@example.org", is_admin="y")

    ((_, _, payload),) = sends
    assert payload["user"].is_admin


def test_a_taken_name_is_told_at_its_field(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)

    page = admin.submit("/users/new", name="ADMIN", email="other@example.org", password=PASSWORD)

    assert "This user name is taken" in text_of(page)
    assert 'value="other@example.org"' in page.text


def test_users_are_deactivated_and_activated(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)
    nora = portal.add_user("nora")

    admin.press("/users", f"/users/{nora.id}/deactivate")
    assert portal.visitor().sign_in("nora", PASSWORD).status_code == 200
    admin.press("/users", f"/users/{nora.id}/activate")
    assert portal.visitor().sign_in("nora", PASSWORD).status_code == 302


def test_an_administrator_cannot_lock_himself_out(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)
    form = admin.form("/users", "/sign-out")

    admin.post("/users/1/deactivate", form)

    assert "You cannot deactivate your own account" in text_of(admin.get("/users"))


def test_a_user_that_is_not_there_is_not_found(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)
    form = admin.form("/users", "/sign-out")

    assert admin.post("/users/99/deactivate", form).status_code == 404


def test_a_member_cannot_deactivate_anybody(portal: RunningPortal) -> None:
    admin = portal.add_user("admin", is_admin=True)
    nora = portal.signed_in("nora")

    assert nora.post(f"/users/{admin.id}/deactivate", nora.form("/", "/sign-out")).status_code == 403
    assert portal.load(admin.id).is_active


def test_users_are_searched_and_nobody_found_is_said(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)
    portal.add_user("nora", full_name="Nora Petersen", password=None)

    assert "1 person found" in text_of(admin.get("/users?q=petersen"))
    assert "Nobody found" in text_of(admin.get("/users?q=zzz"))


def test_many_users_come_in_pages(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)
    for number in range(26):
        portal.add_user(f"user{number:02}", password=None)

    first, second = text_of(admin.get("/users")), text_of(admin.get("/users?page=2"))

    assert "Page 1 of 2" in first
    assert "user25" not in first
    assert "user25" in second
    assert "There is no such page of the list" in text_of(admin.get("/users?page=3"))
    assert admin.get("/users?page=-1").status_code == 200
    assert admin.get("/users?page=x").status_code == 200


def test_a_name_of_ones_own_is_changed(portal: RunningPortal) -> None:
    nora = portal.signed_in("nora")

    nora.submit("/account", full_name="Nora Petersen")

    assert "Hello, Nora Petersen" in text_of(nora.get("/"))
