from tests.mail_server import MailServer
from tests.running import PASSWORD, StartPortal, sign_up


def test_everybody_who_gets_an_account_is_greeted(start_portal: StartPortal, mail_server: MailServer) -> None:
    portal = start_portal(plugins=["welcome_mail"], site_name="Physics", base_url="https://portal.example.org")

    sign_up(portal.visitor(), mail_server, name="nora", email="nora@example.org")

    _, mail = mail_server.mails
    assert (mail["To"], mail["Subject"]) == ("nora@example.org", "Welcome to Physics")
    assert "https://portal.example.org/sign-in" in mail.get_content()
    assert PASSWORD not in mail.as_string()


def test_a_mail_server_in_trouble_costs_the_greeting_and_nothing_else(
    start_portal: StartPortal, mail_server: MailServer
) -> None:
    portal = start_portal(plugins=["welcome_mail", "audit"])
    visitor = portal.visitor()
    visitor.submit("/sign-up", name="nora", email="nora@example.org")
    visitor.get(mail_server.link())
    mail_server.refusals["MAIL"] = "421 too busy"

    answer = visitor.submit("/sign-up/password", password=PASSWORD)

    assert answer.location == "/sign-in?name=nora"
    status = portal.app.extensions["portico"].plugins.get("welcome_mail")
    assert status.failure is not None
    assert "MailError" in status.failure.error


def test_a_disabled_plugin_greets_nobody(start_portal: StartPortal, mail_server: MailServer) -> None:
    portal = start_portal(plugins=["welcome_mail"])
    with portal.app.app_context():
        portal.app.extensions["portico"].plugins.disable("welcome_mail")

    portal.add_user("nora")

    assert mail_server.mails == []
