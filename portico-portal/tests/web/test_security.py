import pytest
from flask import abort

from tests.running import PASSWORD, RunningPortal, StartPortal
from tests.visitor import text_of


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nope", "/static/portal.css", "/console/static/console.css"])
def test_every_response_carries_the_headers(portal: RunningPortal, path: str) -> None:
    headers = portal.visitor().get(path).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] in {"no-store", "no-cache"}


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(portal: RunningPortal) -> None:
    cookie = portal.visitor().get("/sign-in").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_the_session_cookie_is_secure_behind_tls(start_portal: StartPortal) -> None:
    behind = start_portal(base_url="https://portal.example.org").visitor().get("/sign-in")
    assert "Secure" in behind.headers["Set-Cookie"]
    assert behind.headers["Strict-Transport-Security"]

    trusting = start_portal(trusted_proxies=1).visitor()
    assert "Secure" in trusting.get("/sign-in", headers={"X-Forwarded-Proto": "https"}).headers["Set-Cookie"]


def test_a_proxy_is_believed_only_when_it_is_configured(start_portal: StartPortal) -> None:
    for trusted, expected in ((0, 429), (1, 302)):
        portal = start_portal(trusted_proxies=trusted, database_url=start_portal().parts.settings.database_url)
        if not trusted:
            portal.add_user("nora")
        visitor = portal.visitor()
        for number in range(5):
            headers = {"X-Forwarded-For": f"198.51.100.{number}"}
            visitor.post("/sign-in", visitor.form("/sign-in") | {"name": "nora", "password": "wrong"}, headers=headers)

        answer = visitor.post(
            "/sign-in",
            visitor.form("/sign-in") | {"name": "nora", "password": PASSWORD},
            headers={"X-Forwarded-For": "198.51.100.99"},
        )
        assert answer.status_code == expected


def test_the_demo_answers_only_this_machine(start_portal: StartPortal) -> None:
    demo = start_portal(mode="demo")

    assert demo.visitor().get("/").status_code == 200
    assert demo.visitor(address="192.0.2.7").get("/").status_code == 403
    assert demo.visitor().get("/", headers={"Host": "evil.example"}).status_code == 403


def test_pages_of_the_demo_are_not_there_in_production(portal: RunningPortal) -> None:
    assert portal.visitor().get("/mailbox").status_code == 404
    assert "portico-demo" not in portal.visitor().get("/sign-in").text


def test_a_page_that_is_not_there_says_so_and_shows_a_way_on(portal: RunningPortal) -> None:
    page = portal.visitor().get("/nope")

    assert page.status_code == 404
    assert "There is no such page" in text_of(page)


def test_a_way_of_opening_that_is_not_meant_says_so(portal: RunningPortal) -> None:
    assert portal.visitor().get("/sign-out").status_code == 405


def test_more_than_a_form_holds_is_refused(portal: RunningPortal) -> None:
    page = portal.visitor().post("/sign-in", {"name": "x" * 600_000})

    assert page.status_code == 413
    assert "That is too large" in text_of(page)


def broken() -> str:
    raise ZeroDivisionError


def test_an_error_on_our_side_shows_no_traceback_and_needs_no_database(portal: RunningPortal) -> None:
    visitor = portal.signed_in("nora")
    portal.app.view_functions["account.show"] = broken

    page = visitor.get("/account")

    assert page.status_code == 500
    assert "Something broke on our side" in text_of(page)
    assert "ZeroDivisionError" not in page.text
    assert "nora" not in page.text


def test_too_many_requests_and_forbidden_have_pages_of_their_own(portal: RunningPortal) -> None:
    portal.app.view_functions["home.index"] = lambda: abort(429)

    assert "Too many attempts" in text_of(portal.visitor().get("/"))
