import re

from portico.builtin import action_succeeded, before_action
from portico_portal.models import ApiToken
from tests.running import RunningPortal, heard
from tests.visitor import Visitor, text_of


def shown_token(page_text: str) -> str:
    found = re.search(r"portico_[\w-]{43}", page_text)
    assert found is not None
    return found[0]


def test_a_token_is_shown_once_works_and_is_stored_as_a_digest(portal: RunningPortal) -> None:
    nora = portal.signed_in("nora")

    with heard(before_action, action_succeeded) as sends:
        page = nora.submit("/account/tokens", label="nightly import")

    token = shown_token(page.text)
    assert token not in nora.get("/account/tokens").text
    assert token not in repr([payload for _, _, payload in sends])
    program = Visitor(portal.app)
    answer = program.get("/api/action/user_show?id=nora", headers={"Authorization": token})
    assert answer.get_json()["result"]["name"] == "nora"
    with portal.parts.database.session() as session:
        stored = session.get_one(ApiToken, 1)
        assert token not in repr(vars(stored))


def test_a_revoked_token_stops_working(portal: RunningPortal) -> None:
    nora = portal.signed_in("nora")
    token = shown_token(nora.submit("/account/tokens", label="nightly import").text)
    assert "nightly import" in text_of(nora.get("/account/tokens"))

    nora.press("/account/tokens", "/account/tokens/1/revoke")

    assert "You have none" in text_of(nora.get("/account/tokens"))
    answer = Visitor(portal.app).get("/api/action/user_show?id=nora", headers={"Authorization": token})
    assert answer.status_code == 401


def test_a_label_has_to_say_something_and_fits_on_a_line(portal: RunningPortal) -> None:
    nora = portal.signed_in("nora")

    for label in ("", "x" * 101, "two\nlines"):
        page = nora.submit("/account/tokens", label=label)
        assert 'id="label-error-1"' in page.text
    assert portal.act("api_token_list", by="nora") == []


def test_a_token_of_somebody_else_is_not_there(portal: RunningPortal) -> None:
    portal.add_user("amara")
    portal.act("api_token_create", by="amara", label="mine")
    nora = portal.signed_in("nora")
    form = nora.form("/account/tokens", "/sign-out")

    assert nora.post("/account/tokens/1/revoke", form).status_code == 404
    assert nora.post("/account/tokens/99999999999/revoke", form).status_code == 404
    assert "mine" not in text_of(nora.get("/account/tokens"))
    assert len(portal.act("api_token_list", by="amara")) == 1


def test_only_who_is_signed_in_has_tokens(portal: RunningPortal) -> None:
    assert portal.visitor().get("/account/tokens").location.startswith("/sign-in?next=")


def test_the_page_leads_to_the_description_of_the_api(portal: RunningPortal) -> None:
    nora = portal.signed_in("nora")

    assert 'href="/api/openapi.json"' in nora.get("/account/tokens").text
    assert nora.get("/api/openapi.json").status_code == 200
