import re

from portico.builtin import perform_password_reset, request_password_reset
from tests.mail_server import MailServer
from tests.running import PASSWORD, MovableClock, RunningPortal, heard
from tests.visitor import Visitor, text_of

NEW_PASSWORD = "another few words"


def mailed_link(visitor: Visitor, mail_server: MailServer) -> str:
    visitor.submit("/forgot-password", name="nora")
    link = re.search(r"http://127\.0\.0\.1:8000(/reset-password/\S+)", mail_server.mails[-1].get_content())
    assert link is not None
    return link[1]


def test_a_forgotten_password_is_replaced_by_mail(portal: RunningPortal, mail_server: MailServer) -> None:
    portal.add_user("nora")
    visitor = portal.visitor()

    with heard(request_password_reset, perform_password_reset) as sends:
        visitor.get(mailed_link(visitor, mail_server))
        answer = visitor.submit("/reset-password", password=NEW_PASSWORD)

    assert answer.location == "/sign-in?name=nora"
    assert [(name, sender) for name, sender, _ in sends] == [
        ("request_password_reset", "nora"),
        ("perform_password_reset", "nora"),
    ]
    assert portal.visitor().sign_in("nora", PASSWORD).status_code == 200
    assert visitor.sign_in("nora", NEW_PASSWORD).status_code == 302


def test_the_token_leaves_the_address_at_once(portal: RunningPortal, mail_server: MailServer) -> None:
    portal.add_user("nora")
    visitor = portal.visitor()

    answer = visitor.get(mailed_link(visitor, mail_server))

    assert answer.location == "/reset-password"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_new_password_ends_all_sessions(portal: RunningPortal, mail_server: MailServer) -> None:
    elsewhere = portal.signed_in("nora")
    visitor = portal.visitor()

    visitor.get(mailed_link(visitor, mail_server))
    visitor.submit("/reset-password", password=NEW_PASSWORD)

    assert not elsewhere.is_signed_in()


def test_whoever_resets_while_signed_in_signs_in_anew(portal: RunningPortal, mail_server: MailServer) -> None:
    visitor = portal.signed_in("nora")
    link = mailed_link(visitor, mail_server)

    visitor.get(link)
    visitor.submit("/reset-password", password=NEW_PASSWORD)

    assert not visitor.is_signed_in()


def test_a_used_link_gets_one_clear_page_and_a_way_to_a_new_one(portal: RunningPortal, mail_server: MailServer) -> None:
    portal.add_user("nora")
    visitor = portal.visitor()
    link = mailed_link(visitor, mail_server)
    visitor.get(link)
    visitor.submit("/reset-password", password=NEW_PASSWORD)

    page = visitor.get(link)

    assert page.status_code == 410
    assert "This link no longer works" in text_of(page)
    assert 'href="/forgot-password"' in page.text


def test_an_expired_link_gets_the_same_page_before_and_after_typing(
    portal: RunningPortal, mail_server: MailServer, clock: MovableClock
) -> None:
    portal.add_user("nora")
    visitor = portal.visitor()
    link = mailed_link(visitor, mail_server)
    visitor.get(link)
    form = visitor.form("/reset-password")
    clock.move(hours=1)

    assert visitor.post("/reset-password", form | {"password": NEW_PASSWORD}).status_code == 410
    assert portal.visitor().get(link).status_code == 410
    assert portal.visitor().sign_in("nora", PASSWORD).status_code == 302


def test_the_page_without_a_link_says_so(portal: RunningPortal) -> None:
    assert portal.visitor().get("/reset-password").status_code == 410


def test_a_weak_password_is_told_at_its_field(portal: RunningPortal, mail_server: MailServer) -> None:
    portal.add_user("nora")
    visitor = portal.visitor()
    visitor.get(mailed_link(visitor, mail_server))

    page = visitor.submit("/reset-password", password="short")

    assert "Use at least 10 characters" in text_of(page)
    assert visitor.submit("/reset-password", password=NEW_PASSWORD).status_code == 302


def test_the_link_is_built_from_the_configured_address_whatever_the_request_says(
    portal: RunningPortal, mail_server: MailServer
) -> None:
    portal.add_user("nora")
    visitor = portal.visitor()
    form = visitor.form("/forgot-password")

    visitor.post(
        "/forgot-password",
        form | {"name": "nora"},
        headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "8.8.8.8"},
    )
    visitor.client.post(
        "/forgot-password", data=form | {"name": "nora"}, environ_overrides={"HTTP_HOST": "evil.example"}
    )

    assert mail_server.mails
    assert "evil.example" not in "".join(mail.as_string() for mail in mail_server.mails)


def test_the_answer_does_not_tell_whether_there_is_an_account(portal: RunningPortal, mail_server: MailServer) -> None:
    portal.add_user("nora")

    known = portal.visitor().submit("/forgot-password", name="nora")
    unknown = portal.visitor().submit("/forgot-password", name="paul")

    assert text_of(known) == text_of(unknown).replace("paul", "nora")
    assert len(mail_server.mails) == 1


def test_a_mail_server_in_trouble_gets_everybody_the_same_answer(
    portal: RunningPortal, mail_server: MailServer
) -> None:
    portal.add_user("nora")
    mail_server.refusals["MAIL"] = "421 too busy"

    with heard(request_password_reset) as sends:
        known = portal.visitor().submit("/forgot-password", name="nora")
        unknown = portal.visitor().submit("/forgot-password", name="paul")

    assert known.status_code == unknown.status_code == 200
    assert text_of(known) == text_of(unknown).replace("paul", "nora")
    assert sends == []


def test_too_many_requests_for_a_link_are_told(portal: RunningPortal) -> None:
    visitor = portal.visitor()
    for _ in range(3):
        visitor.submit("/forgot-password", name="nobody")

    assert visitor.submit("/forgot-password", name="nobody").status_code == 429
