import mailbox
from email.message import EmailMessage
from pathlib import Path

from tests.mail_server import MailServer
from tests.running import PASSWORD, RunningPortal, StartPortal, sign_up
from tests.visitor import text_of


def test_the_first_page_welcomes_everybody(portal: RunningPortal) -> None:
    page = text_of(portal.visitor().get("/"))

    assert "A small portal that tells its plugins everything" in page
    assert "Create an account" in page


def test_an_empty_mailbox_says_how_it_fills(start_portal: StartPortal, tmp_path: Path) -> None:
    demo = start_portal(mode="demo", mailbox_dir=tmp_path / "mails")

    assert "No mail yet" in text_of(demo.visitor().get("/mailbox"))


def test_a_mail_is_shown_as_text_with_its_links_to_follow(start_portal: StartPortal, tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "<b>Hello</b>"
    mail.set_content("<script>alert(1)</script>\nhttp://127.0.0.1:8000/reset-password/abc\n")
    mailbox.Maildir(tmp_path / "mails").add(mail)
    visitor = start_portal(mode="demo", mailbox_dir=tmp_path / "mails").visitor()

    (listed,) = [line for line in visitor.get("/mailbox").text.splitlines() if 'href="/mailbox/' in line]
    page = visitor.get(listed.split('"')[1])

    assert "<script" not in page.text
    assert "&lt;b&gt;Hello" in page.text
    assert '<a href="http://127.0.0.1:8000/reset-password/abc"' in page.text
    assert visitor.get("/mailbox/nothing").status_code == 404


def test_an_empty_activity_page_says_to_enable_the_audit_plugin(portal: RunningPortal) -> None:
    admin = portal.signed_in("admin", is_admin=True)

    page = admin.get("/activity")

    assert "it was never on. Enable it" in text_of(page)
    assert 'href="/console/plugins/audit"' in page.text


def test_activity_lists_what_the_audit_plugin_wrote_also_after_it_was_disabled(start_portal: StartPortal) -> None:
    portal = start_portal(plugins=["audit"])
    admin = portal.signed_in("admin", is_admin=True)
    admin.press("/console/plugins/audit/disable", "/console/plugins/audit/disable")
    portal.visitor().sign_in("admin", "wrong password")

    page = text_of(admin.get("/activity"))

    assert "signed in" in page
    assert "failed to sign in" not in page


def test_a_member_sees_what_happened_to_the_own_account_only(start_portal: StartPortal) -> None:
    portal = start_portal(plugins=["audit"])
    portal.signed_in("admin", is_admin=True)
    nora = portal.signed_in("nora")

    home = text_of(nora.get("/"))

    assert "nora signed in" in home
    assert "admin" not in home


def test_the_whole_story_of_an_account_works_on_postgresql(
    start_portal: StartPortal, postgresql_url: str, mail_server: MailServer
) -> None:
    portal = start_portal(database_url=postgresql_url, plugins=["audit", "welcome_mail"])
    visitor = portal.visitor()

    sign_up(visitor, mail_server, name="nora", email="nora@example.org")
    visitor.sign_in("nora", "wrong password")
    visitor.sign_in("nora", PASSWORD)

    home = text_of(visitor.get("/"))
    assert "nora signed in" in home
    assert "nora failed to sign in" in home
    assert "nora got an account" in home
