from sqlalchemy import inspect, select

from portico_portal.plugins.audit import AuditEvent
from tests.mail_server import MailServer
from tests.running import PASSWORD, RunningPortal, StartPortal, sign_up


def events(portal: RunningPortal) -> list[tuple[str, str, str | None]]:
    with portal.parts.database.session() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        return [(row.signal, row.subject, row.remote_address) for row in rows]


def test_every_step_of_an_account_is_written_down(start_portal: StartPortal, mail_server: MailServer) -> None:
    portal = start_portal(plugins=["audit"])
    visitor = portal.visitor(address="203.0.113.9")

    sign_up(visitor, mail_server, name="nora", email="nora@example.org")
    visitor.sign_in("Nora", "wrong password")
    visitor.sign_in("Nora", PASSWORD)
    visitor.press("/", "/sign-out")
    visitor.submit("/forgot-password", name="nora")
    link = next(word for word in mail_server.mails[-1].get_content().split() if "/reset-password/" in word)
    visitor.get(link.removeprefix("http://127.0.0.1:8000"))
    visitor.submit("/reset-password", password="another few words")

    assert events(portal) == [
        ("user_created", "nora", "203.0.113.9"),
        ("failed_login", "Nora", "203.0.113.9"),
        ("user_logged_in", "nora", "203.0.113.9"),
        ("user_logged_out", "nora", "203.0.113.9"),
        ("request_password_reset", "nora", "203.0.113.9"),
        ("perform_password_reset", "nora", "203.0.113.9"),
    ]


def test_what_happens_outside_a_request_has_no_address(start_portal: StartPortal) -> None:
    portal = start_portal(plugins=["audit"])

    portal.add_user("nora")

    assert events(portal) == [("user_created", "nora", None)]


def test_its_table_is_made_when_it_is_enabled_and_kept_when_it_is_disabled(start_portal: StartPortal) -> None:
    portal = start_portal()
    engine = portal.parts.database.engine
    host = portal.app.extensions["portico"]
    assert not inspect(engine).has_table("audit_event")

    with portal.app.app_context():
        host.plugins.enable("audit")
        portal.add_user("nora")
        host.plugins.disable("audit")
        portal.add_user("amara")

    assert events(portal) == [("user_created", "nora", None)]


def test_it_is_as_it_was_switched_after_a_restart(start_portal: StartPortal) -> None:
    portal = start_portal(plugins=["audit"])
    admin = portal.signed_in("admin", is_admin=True)
    admin.press("/console/plugins/audit/disable", "/console/plugins/audit/disable")
    before = events(portal)

    again = start_portal(plugins=["audit"])
    again.visitor().sign_in("admin", PASSWORD)

    assert events(again) == before


def test_a_very_long_name_is_cut_and_does_not_break_it(start_portal: StartPortal) -> None:
    portal = start_portal(plugins=["audit"])

    portal.visitor().sign_in("x" * 254, "wrong password")

    assert events(portal) == [("failed_login", "x" * 254, "127.0.0.1")]
