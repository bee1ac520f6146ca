from tests.running import PASSWORD, RunningPortal
from tests.visitor import text_of

FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}
FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}


def test_a_form_with_a_wrong_token_is_refused_and_what_was_typed_is_kept(portal: RunningPortal) -> None:
    visitor = portal.visitor()
    portal.add_user("nora")
    typed = visitor.form("/sign-in") | {"csrf_token": "wrong", "name": "nora", "password": PASSWORD}

    page = visitor.post("/sign-in", typed, headers=FROM_OUR_PAGE)

    assert page.status_code == 400
    assert "This page was open for too long" in text_of(page)
    assert 'value="nora"' in page.text
    assert PASSWORD not in page.text
    assert not visitor.is_signed_in()


def test_the_page_that_is_shown_again_can_be_sent(portal: RunningPortal) -> None:
    visitor = portal.visitor()
    form = visitor.form("/sign-up")
    visitor.client.delete_cookie("portico_session")
    typed = {"name": "nora", "email": "nora@example.org"}

    assert visitor.post("/sign-up", form | typed, headers=FROM_OUR_PAGE).status_code == 400
    assert "Look into your mail" in text_of(visitor.submit("/sign-up", **typed))


def test_a_browser_that_sends_only_an_origin_is_understood(portal: RunningPortal) -> None:
    page = portal.visitor().post("/sign-in", {"name": "nora"}, headers={"Origin": "http://localhost"})

    assert page.status_code == 400
    assert 'value="nora"' in page.text


def test_what_another_site_sends_is_not_shown_in_our_form(portal: RunningPortal) -> None:
    for headers in (FROM_ELSEWHERE, {}):
        page = portal.visitor().post("/sign-up", {"name": "nora"}, headers=headers)

        assert page.status_code == 400
        assert "nora" not in page.text


def test_a_button_with_a_wrong_token_changes_nothing_and_says_why(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)
    nora = portal.add_user("nora")

    page = admin.post(f"/users/{nora.id}/deactivate", {"csrf_token": "wrong"}, headers=FROM_OUR_PAGE)

    assert page.status_code == 400
    assert "did not carry a valid CSRF token" in text_of(page)
    assert portal.load(nora.id).is_active


def test_every_address_that_takes_a_form_refuses_one_without_a_token(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)
    adapter = portal.app.url_map.bind("localhost")
    posts = [rule for rule in portal.app.url_map.iter_rules() if "POST" in (rule.methods or ())]

    for rule in posts:
        path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1))
        assert admin.post(path, {}).status_code == 400, path
    assert len(posts) >= 10
