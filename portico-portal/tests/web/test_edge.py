"""What nobody can take is refused before a page, an action or the database sees it."""

import socket
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from tests.running import PASSWORD, RunningPortal, StartPortal
from tests.served import ServedPortal
from tests.visitor import Visitor, text_of

NO_TEXT = "The request holds a NUL character, or bytes that are not UTF-8."
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def admin(portal: RunningPortal) -> Visitor:
    return portal.signed_in("ada", is_admin=True)


def send_json(visitor: Visitor, body: str | bytes, *, action: str = "user_list", **more: Any) -> TestResponse:
    token = visitor.form("/account")["csrf_token"]
    given = {"content_type": "application/json", "headers": {"X-CSRFToken": token}} | more
    return visitor.client.post(f"/api/action/{action}", data=body, **given)


def message_of(answer: TestResponse) -> str:
    return str(answer.get_json()["error"]["message"])


# -- JSON --------------------------------------------------------------------------------------------------------


def test_json_that_is_nested_deep_is_refused(admin: Visitor) -> None:
    lists = ['{"q": ' + "[" * depth + "]" * depth + "}" for depth in (65, 900, 990, 100_000)]
    objects = ['{"a": ' * depth + "1" + "}" * depth for depth in (65, 900, 990)]

    answers = [send_json(admin, body) for body in lists + objects]

    assert {answer.status_code for answer in answers} == {400}
    assert {message_of(answer) for answer in answers} == {
        "The JSON cannot be taken: it is nested deeper than 64 levels."
    }


def test_json_as_deep_as_programs_write_it_reaches_the_action(admin: Visitor) -> None:
    answer = send_json(admin, '{"q": ' + "[" * 60 + "]" * 60 + "}")

    assert answer.get_json()["error"]["fields"] == {"q": ["Use a text"]}


UNUSABLE: dict[str | bytes, str] = {
    f'{{"limit": {"1" * 5000}}}': "a number has more than 64 bits",
    f'{{"limit": -{"9" * 20}}}': "a number has more than 64 bits",
    '{"limit": 1e999}': "a number is too large",
    '{"limit": NaN}': "NaN is no number",
    '{"limit": -Infinity}': "-Infinity is no number",
    '{"limit": 1, "limit": 2}': "the same key twice",
    r'{"q": "\u0000"}': "a NUL character",
    r'{"\ud800": 1}': "half a character",
    r'{"q": [{"deep": "\udfff"}]}': "half a character",
    b'{"q": "\xff"}': "can't decode byte 0xff",
    "{'q': 1}": "Expecting property name",
}


def test_json_that_means_nothing_or_more_than_can_be_kept_is_refused(admin: Visitor) -> None:
    for body, complaint in UNUSABLE.items():
        answer = send_json(admin, body)

        assert answer.status_code == 400, body
        assert complaint in message_of(answer)


def test_numbers_of_64_bits_reach_the_action_which_says_what_it_takes(admin: Visitor) -> None:
    answer = send_json(admin, f'{{"id": {2**63 - 1}}}', action="user_show")

    assert answer.get_json()["error"]["fields"] == {"id": ["Use a name, or a whole number from 0 to 2147483647"]}
    assert send_json(admin, f'{{"id": {2**31 - 1}}}', action="user_show").status_code == 404


def test_json_under_another_name_is_refused(admin: Visitor) -> None:
    answer = send_json(admin, "{}", content_type="text/plain")

    assert (answer.status_code, message_of(answer)) == (415, "Send JSON as application/json.")


# -- digits ------------------------------------------------------------------------------------------------------


def test_thousands_of_digits_are_no_number_wherever_they_stand(admin: Visitor) -> None:
    digits = "1" * 5000
    token = admin.form("/account")["csrf_token"]

    answers = [
        send_json(admin, f'{{"id": "{digits}"}}', action="api_token_revoke"),
        send_json(admin, f'{{"limit": "{digits}"}}'),
        admin.get(f"/api/action/user_list?offset={digits}"),
        admin.get(f"/users?page={digits}"),
        admin.post(f"/users/{digits}/activate", {"csrf_token": token}),
        admin.post(f"/account/tokens/{digits}/revoke", {"csrf_token": token}),
    ]

    # An address that nothing is at is not there; a page number that is none shows the first page.
    assert [answer.status_code for answer in answers] == [400, 400, 400, 200, 404, 404]


# -- text --------------------------------------------------------------------------------------------------------


def test_an_address_that_holds_no_text_is_refused_on_pages(portal: RunningPortal) -> None:
    texts = ["%00", "n%00ra", "%ff", "%ed%a0%80", "%c3"]
    addresses = [f"{path}={text}" for path in ("/users?q", "/sign-in?name", "/?a", "/x?b") for text in texts]

    pages = [portal.visitor().get(address) for address in addresses]

    assert {page.status_code for page in pages} == {400}
    assert all(NO_TEXT in text_of(page) for page in pages)


def test_a_path_is_decoded_once(portal: RunningPortal) -> None:
    assert portal.visitor().get("/%2500").status_code == 404
    assert portal.visitor().get("/%00").status_code == 400


def test_an_address_that_holds_no_text_is_refused_by_the_api(admin: Visitor) -> None:
    for path in ("user_list?q=%00", "%00", "user_show?id=%c3"):
        answer = admin.get(f"/api/action/{path}")

        assert answer.status_code == 400
        assert message_of(answer).startswith(NO_TEXT)


@pytest.mark.parametrize("content_type", [FORM, "multipart/form-data"])
def test_a_form_with_a_nul_character_is_refused(each_portal: RunningPortal, content_type: str) -> None:
    visitor = each_portal.visitor()
    forms = [
        ("/sign-in", {"name": "no\0ra", "password": PASSWORD}),
        ("/sign-in", {"name": "nora", "password": "\0"}),
        ("/forgot-password", {"name": "\0"}),
        ("/sign-up", {"name": "nora", "email": "nora@example.org", "full_name": "N\0", "password": PASSWORD}),
    ]

    pages = [visitor.post(path, visitor.form(path) | typed, content_type=content_type) for path, typed in forms]

    assert {page.status_code for page in pages} == {400}
    assert all(NO_TEXT in text_of(page) for page in pages)


def test_a_form_with_half_a_character_is_refused(portal: RunningPortal) -> None:
    visitor = portal.visitor()
    typed = visitor.form("/sign-in") | {"name": "\ud800", "password": PASSWORD}

    page = visitor.client.post("/sign-in", data=urlencode(typed, errors="surrogatepass"), content_type=FORM)

    assert page.status_code == 400


def test_a_form_that_cannot_be_read_is_refused_as_that(portal: RunningPortal) -> None:
    torn = {
        FORM: b"name=\xff",
        "multipart/form-data": b"no boundary",
        "multipart/form-data; boundary=\xe9": b"a boundary that is none",
        "multipart/form-data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="na',
    }
    for content_type, body in torn.items():
        page = portal.visitor().client.post("/sign-in", data=body, content_type=content_type)

        assert page.status_code == 400
        assert "open for too long" not in page.text


# -- what else a request is made of ------------------------------------------------------------------------------


def csrf_headers(visitor: Visitor) -> dict[str, str]:
    return {"X-CSRFToken": visitor.form("/sign-in")["csrf_token"]}


def test_json_is_no_form(portal: RunningPortal) -> None:
    visitor = portal.visitor()
    for body in ("[1]", "5", '{"name": 5, "password": []}', '{"name": "nora"}'):
        page = visitor.client.post(
            "/sign-in", data=body, content_type="application/json", headers=csrf_headers(visitor)
        )

        assert page.status_code == 200
        assert "Write your user name" in text_of(page)


def test_a_file_is_no_text(portal: RunningPortal) -> None:
    visitor = portal.visitor()
    body = b'--x\r\nContent-Disposition: form-data; name="name"; filename="a"\r\n\r\nnora\r\n--x--\r\n'

    page = visitor.client.post(
        "/sign-in", data=body, content_type="multipart/form-data; boundary=x", headers=csrf_headers(visitor)
    )

    assert page.status_code == 200
    assert "Write your user name" in text_of(page)


def test_a_referrer_that_is_no_address_is_refused(start_portal: StartPortal) -> None:
    visitor = start_portal(trusted_proxies=1).visitor()
    typed = visitor.form("/sign-in") | {"name": "nora", "password": PASSWORD}
    for referrer in ("http://[", "https://localhost:99999999/"):
        page = visitor.post("/sign-in", typed, headers={"Referer": referrer, "X-Forwarded-Proto": "https"})

        assert page.status_code == 400
        assert "The Referer header holds no address." in text_of(page)


ODD_HEADERS = [
    {"Cookie": 'portico_session="\\000"'},
    {"Cookie": "remember_token=1|\xe9"},
    {"Host": "["},
    {"Host": "\xe9.example"},
    {"Host": "a:b"},
    {"Authorization": "Bearer \xe9"},
    {"Origin": "http://["},
    {"X-Forwarded-For": "[::1, \xe9"},
    {"X-Forwarded-Host": "["},
    {"Range": "bytes=9-" + "9" * 5000},
    {"If-Modified-Since": "Thu, 99 Foo 99999 99:99:99 GMT"},
]


@pytest.mark.parametrize("mode", ["production", "demo"])
def test_no_header_breaks_a_page(start_portal: StartPortal, mode: str) -> None:
    portal = start_portal(trusted_proxies=1, mode=mode)
    for headers in ODD_HEADERS:
        for path in ("/", "/account", "/static/portal.css", "/api/action/user_show?id=nora"):
            assert portal.visitor().get(path, headers=headers).status_code < 500, headers


# -- on the wire -------------------------------------------------------------------------------------------------


def status_of(portal: ServedPortal, *lines: bytes, body: bytes = b"") -> int:
    """What gunicorn answers to exactly these bytes."""
    port = int(portal.url.rpartition(":")[2])
    request = b"\r\n".join([*lines, b"Host: localhost", b"Connection: close", b"", body])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection, connection.makefile("rb") as answer:
        connection.sendall(request)
        return int(answer.readline().split()[1])


def test_bodies_that_are_not_as_http_wants_them_are_refused(served: ServedPortal) -> None:
    post, form = b"POST /sign-in HTTP/1.1", b"Content-Type: " + FORM.encode()
    chunked = b"Transfer-Encoding: chunked"
    too_large = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    json_post = (b"POST /api/action/user_list HTTP/1.1", b"Content-Type: application/json", chunked)

    assert status_of(served, post, b"Content-Length: abc") == 400
    assert status_of(served, post, b"Content-Length: -5") == 400
    assert status_of(served, post, form, b"Content-Length: 300000") == 413
    assert status_of(served, post, form, chunked, body=b"zz\r\n\r\n") == 400
    assert status_of(served, post, form, chunked, body=too_large * 5 + b"0\r\n\r\n") == 413
    assert status_of(served, *json_post, body=b"zz\r\n\r\n") == 400
    assert status_of(served, *json_post, body=too_large * 5 + b"0\r\n\r\n") == 413
    assert status_of(served, b"GET /sign-in HTTP/1.1", b"Cookie: portico_session=a\0b") == 400
    assert status_of(served, b"GET /a\0b HTTP/1.1") == 400
    assert status_of(served, b"GET /a%00b HTTP/1.1") == 400
    assert status_of(served, b"GET /mailbox/%ff HTTP/1.1") == 400
    assert status_of(served, b"GET /static/%ed%a0%80 HTTP/1.1") == 400
    assert "Traceback" not in served.log
