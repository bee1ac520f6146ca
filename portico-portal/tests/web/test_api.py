from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portico import Plugin, implements
from portico.actions import IActions, IAuthFunctions
from portico.builtin import action_succeeded, user_created, user_logged_in
from tests.mail_server import MailServer
from tests.running import PASSWORD, RunningPortal, StartPortal, heard

NORA = {"name": "nora", "email": "nora@example.org", "password": PASSWORD}


class Api:
    """A program that calls the API."""

    def __init__(self, client: FlaskClient, **headers: str) -> None:
        self.client, self.headers = client, headers

    def post(self, action: str, /, **data_dict: Any) -> TestResponse:
        return self.client.post(f"/api/action/{action}", json=data_dict, headers=self.headers, buffered=True)

    def get(self, action: str, /, **fields: Any) -> TestResponse:
        return self.client.get(f"/api/action/{action}", query_string=fields, headers=self.headers)


def token_of(portal: RunningPortal, name: str) -> str:
    return str(portal.act("api_token_create", by=name, label="a program")["token"])


def program(portal: RunningPortal, name: str, *, scheme: str = "Bearer ") -> Api:
    return Api(portal.app.test_client(), Authorization=f"{scheme}{token_of(portal, name)}")


def error_of(answer: TestResponse) -> tuple[int, str]:
    body = answer.get_json()
    assert body["success"] is False
    return answer.status_code, body["error"]["type"]


@pytest.fixture
def stranger(portal: RunningPortal) -> Api:
    return Api(portal.app.test_client())


@pytest.fixture
def admin(portal: RunningPortal) -> Api:
    portal.add_user("admin", is_admin=True)
    return program(portal, "admin")


# -- what goes well ----------------------------------------------------------------------------------------------


def test_an_action_takes_json_and_answers_json(admin: Api) -> None:
    with heard(user_created, action_succeeded) as sends:
        answer = admin.post("user_create", **NORA)

    body = answer.get_json()
    assert (answer.status_code, body["success"]) == (200, True)
    assert (body["result"]["name"], body["result"]["is_active"]) == ("nora", True)
    assert "password" not in answer.text
    assert [(name, sender) for name, sender, _ in sends] == [
        ("user_created", "nora"),
        ("action_succeeded", "user_create"),
    ]


def test_what_changes_nothing_is_read_by_get_with_its_fields_in_the_address(admin: Api) -> None:
    admin.post("user_create", **NORA)

    assert admin.get("user_list", q="nor", limit=1).get_json()["result"]["count"] == 1
    assert admin.get("user_show", id="nora").get_json()["result"]["email"] == "nora@example.org"
    assert admin.post("user_show", id="nora").status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer  ", ""])
def test_a_token_is_given_bare_or_as_a_bearer_s(portal: RunningPortal, scheme: str) -> None:
    portal.add_user("nora")

    assert program(portal, "nora", scheme=scheme).get("user_show", id="nora").status_code == 200


def test_a_call_with_a_token_is_no_sign_in(portal: RunningPortal) -> None:
    portal.add_user("nora")
    api = program(portal, "nora")

    with heard(user_logged_in, action_succeeded) as sends:
        answer = api.get("user_show", id="nora")

    assert [(name, payload["context"]["user"]) for name, _, payload in sends] == [("action_succeeded", "nora")]
    assert "Set-Cookie" not in answer.headers


def test_a_stranger_makes_an_account_with_the_link_in_the_mail(
    portal: RunningPortal, stranger: Api, mail_server: MailServer
) -> None:
    asked = stranger.post("sign_up_request", name="nora", email="nora@example.org")
    token = mail_server.wait_for(1) and mail_server.link().rpartition("/")[2]

    with heard(user_created) as sends:
        made = stranger.post("sign_up_perform", token=token, password=PASSWORD)

    assert asked.get_json() == {"success": True, "result": None}
    assert made.get_json()["result"]["name"] == "nora"
    assert [sender for _, sender, _ in sends] == ["nora"]
    assert error_of(stranger.post("sign_up_perform", token=token, password=PASSWORD)) == (410, "sign_up_link")
    assert portal.visitor().sign_in("nora", PASSWORD).status_code == 302


def test_a_stranger_may_ask_for_a_reset_link(portal: RunningPortal, stranger: Api, mail_server: MailServer) -> None:
    portal.add_user("nora")

    assert stranger.post("password_reset_request", name="nora").get_json() == {"success": True, "result": None}
    assert len(mail_server.wait_for(1)) == 1


def test_accounts_for_others_are_made_by_administrators(portal: RunningPortal, stranger: Api) -> None:
    portal.add_user("amara")

    assert error_of(stranger.post("user_create", **NORA)) == (401, "not_authenticated")
    assert error_of(program(portal, "amara").post("user_create", **NORA)) == (403, "not_authorized")


# -- refusals ----------------------------------------------------------------------------------------------------


def test_wrong_fields_are_named_one_by_one(admin: Api) -> None:
    answer = admin.post("user_create", name="no such name!", email=5, is_amdin=True)

    assert error_of(answer) == (400, "validation")
    fields = answer.get_json()["error"]["fields"]
    assert fields["email"] == ["Use a text"]
    assert fields["is_amdin"] == ["There is no such field"]
    assert set(fields) == {"name", "email", "is_amdin"}


def test_a_name_that_is_taken_is_a_conflict(admin: Api) -> None:
    admin.post("user_create", **NORA)

    answer = admin.post("user_create", **NORA | {"email": "other@example.org"})

    assert error_of(answer) == (409, "conflict")
    assert answer.get_json()["error"]["fields"] == {"name": ["This user name is taken; choose another"]}


def test_who_is_nobody_has_to_say_who_and_who_may_not_is_told_so(portal: RunningPortal, stranger: Api) -> None:
    portal.add_user("nora")

    answer = stranger.get("user_list")
    assert error_of(answer) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert error_of(program(portal, "nora").get("user_list")) == (403, "not_authorized")


def test_what_is_not_there_is_not_found(admin: Api) -> None:
    answer = admin.post("user_craete")

    assert error_of(answer) == (404, "not_found")
    assert "did you mean 'user_create'" in answer.get_json()["error"]["message"]
    assert error_of(admin.get("user_show", id="nobody")) == (404, "not_found")
    assert error_of(admin.client.get("/api/nothing")) == (404, "http")


def test_what_changes_something_is_not_done_by_get(admin: Api) -> None:
    answer = admin.get("user_create", **NORA)

    assert error_of(answer) == (405, "http")
    assert answer.headers["Allow"] == "POST"
    assert error_of(admin.client.put("/api/action/user_create")) == (405, "http")
    assert admin.get("user_list").get_json()["result"]["count"] == 1


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/json", 400),
        ("[1]", "application/json", 400),
        ('"nora"', "application/json", 400),
        ("", "application/json", 400),
        ("name=nora", "application/x-www-form-urlencoded", 415),
        ("{}", "text/plain", 415),
        ("x" * 600_000, "application/json", 413),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(admin: Api, body: str, content_type: str, status: int) -> None:
    answer = admin.client.post("/api/action/user_create", data=body, content_type=content_type, headers=admin.headers)

    assert error_of(answer) == (status, "http")


def test_limits_and_links_have_statuses_of_their_own(stranger: Api) -> None:
    assert error_of(stranger.post("password_reset_perform", token="x", password=PASSWORD)) == (410, "reset_link")
    assert error_of(stranger.post("sign_up_perform", token="x", password=PASSWORD)) == (410, "sign_up_link")
    for _ in range(3):
        stranger.post("password_reset_request", name="nora")

    answer = stranger.post("password_reset_request", name="nora")
    assert error_of(answer) == (429, "too_many_attempts")
    assert int(answer.headers["Retry-After"]) > 0


class Broken(Plugin):
    """Brings an action that breaks."""

    implements(IActions, IAuthFunctions)

    def get_actions(self) -> Any:
        return {"break": self.fail}

    def get_auth_functions(self) -> Any:
        return {"break": lambda context, data_dict: True}

    def fail(self, context: Any, data_dict: Any) -> None:
        raise ZeroDivisionError(f"nora's {data_dict['password']}")


def test_an_error_on_our_side_shows_nothing_of_it(portal: RunningPortal, admin: Api) -> None:
    undo = portal.take_from(Broken(), "broken")

    answer = admin.post("break", password="hunter2")

    undo()
    assert error_of(answer) == (500, "http")
    assert "ZeroDivisionError" not in answer.text
    assert "hunter2" not in answer.text


# -- who calls ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x", "Basic bm9yYTpwYXNz", "portico_ä", "Bearer \udcff"]
)
def test_a_token_that_is_none_is_refused_also_where_nobody_need_be_anybody(
    portal: RunningPortal, authorization: str
) -> None:
    api = Api(portal.app.test_client(), Authorization=authorization)

    assert error_of(api.post("user_create", **NORA)) == (401, "not_authenticated")


def test_a_token_ends_with_its_account_and_with_a_new_password(portal: RunningPortal, admin: Api) -> None:
    nora = portal.add_user("nora")
    api = program(portal, "nora")

    admin.post("user_deactivate", id="nora")
    assert error_of(api.get("user_show", id="nora")) == (401, "not_authenticated")
    admin.post("user_activate", id="nora")
    assert api.get("user_show", id="nora").status_code == 200

    with portal.app.app_context():
        link = portal.parts.reset_links.make(nora).rpartition("/")[2]
    portal.act("password_reset_perform", token=link, password="another few words")
    assert error_of(api.get("user_show", id="nora")) == (401, "not_authenticated")
    assert portal.act("api_token_list", by="nora") == []


def test_the_token_counts_and_not_the_cookie_beside_it(portal: RunningPortal) -> None:
    visitor = portal.signed_in("admin", is_admin=True)
    portal.add_user("nora")

    api = Api(visitor.client, Authorization=token_of(portal, "nora"))

    assert error_of(api.get("user_list")) == (403, "not_authorized")
    assert error_of(Api(visitor.client, Authorization="x").get("user_list")) == (401, "not_authenticated")


def test_a_call_that_rides_on_a_cookie_needs_the_token_of_its_session(portal: RunningPortal) -> None:
    visitor = portal.signed_in("admin", is_admin=True)
    api = Api(visitor.client)

    assert api.get("user_list").status_code == 200
    assert error_of(api.post("user_create", **NORA)) == (400, "csrf")
    api.headers["X-CSRFToken"] = visitor.form("/users/new")["csrf_token"]
    assert api.post("user_create", **NORA).status_code == 200


def test_when_a_token_was_used_is_noted_to_the_hour(portal: RunningPortal, clock: Any) -> None:
    portal.add_user("nora")
    api = program(portal, "nora")

    def used() -> Any:
        (token,) = api.get("api_token_list").get_json()["result"]
        return token["last_used_at"]

    first = used()
    clock.move(minutes=59)
    assert used() == first
    clock.move(minutes=2)
    assert used() > first


def test_an_action_that_neither_writes_nor_says_so_is_told_of_when_the_call_is_over(start_portal: StartPortal) -> None:
    portal = start_portal()
    portal.add_user("nora")
    told: list[str] = []

    class Reminding(Plugin):
        implements(IActions, IAuthFunctions)

        def get_actions(self) -> Any:
            return {"remind": lambda context, data_dict: "reminded"}

        def get_auth_functions(self) -> Any:
            return {"remind": lambda context, data_dict: True}

    undo = portal.take_from(Reminding(), "reminding")

    with action_succeeded.connected_to(lambda name, **payload: told.append(name), sender="remind"):
        assert program(portal, "nora").post("remind").get_json()["result"] == "reminded"
    undo()

    assert told == ["remind"]


def test_a_plugin_s_action_called_by_an_action_acts_for_the_owner_of_the_token(start_portal: StartPortal) -> None:
    portal = start_portal()
    portal.add_user("nora")

    class Asking(Plugin):
        implements(IActions, IAuthFunctions)

        def get_actions(self) -> Any:
            from portico.toolkit import get_action

            return {"who": lambda context, data_dict: get_action("user_show")({}, {"id": "nora"})["name"]}

        def get_auth_functions(self) -> Any:
            return {"who": lambda context, data_dict: True}

    undo = portal.take_from(Asking(), "asking")

    assert program(portal, "nora").post("who").get_json()["result"] == "nora"
    undo()
