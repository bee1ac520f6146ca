import logging
import re
import threading
from dataclasses import dataclass

import pytest

from portico.actions import MASK
from portico.builtin import User, action_succeeded, before_action, perform_password_reset, request_password_reset
from portico.errors import ValidationError
from portico.toolkit import get_action
from portico_portal.accounts import ResetLinks, authenticate, find_resetting_user
from portico_portal.errors import ResetLinkError, TooManyAttemptsError
from portico_portal.models import User as StoredUser
from tests.mail_server import MailServer
from tests.running import PASSWORD, MovableClock, RunningPortal, StartPortal, heard

NEW_PASSWORD = "another few words"


@dataclass
class Desk:
    portal: RunningPortal
    mail_server: MailServer
    clock: MovableClock

    def ask(self, name: str, address: str = "127.0.0.1") -> None:
        with self.portal.app.app_context():
            get_action("password_reset_request")({"remote_address": address}, {"name": name})

    def token(self, name: str = "nora") -> str:
        self.ask(name)
        link = re.search(r"/reset-password/(\S+)", self.mail_server.mails[-1].get_content())
        assert link is not None
        return link[1]

    def perform(self, token: str, password: str = NEW_PASSWORD) -> str:
        result = self.portal.act("password_reset_perform", token=token, password=password)
        return str(result["name"])

    def opens(self, password: str) -> bool:
        with self.portal.parts.database.session() as session:
            return (
                authenticate(
                    session, "nora", password, passwords=self.portal.parts.passwords, address="::1", now=self.clock()
                )
                is not None
            )


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(
    request: pytest.FixtureRequest, start_portal: StartPortal, mail_server: MailServer, clock: MovableClock
) -> Desk:
    more = {} if request.param == "sqlite" else {"database_url": request.getfixturevalue("postgresql_url")}
    portal = start_portal(**more)
    portal.add_user("nora")
    return Desk(portal, mail_server, clock)


def test_the_mailed_link_sets_a_new_password(desk: Desk) -> None:
    desk.perform(desk.token())

    assert desk.opens(NEW_PASSWORD)
    assert not desk.opens(PASSWORD)


def test_both_signals_carry_the_user_at_their_moment(desk: Desk) -> None:
    with heard(request_password_reset, perform_password_reset) as sends:
        token = desk.token("NORA@example.org")
        assert [name for name, _, _ in sends] == ["request_password_reset"]
        assert len(desk.mail_server.mails) == 1
        desk.perform(token)

    assert [(name, sender, payload["user"].name) for name, sender, payload in sends] == [
        ("request_password_reset", "nora", "nora"),
        ("perform_password_reset", "nora", "nora"),
    ]


def test_perform_password_reset_is_sent_when_the_new_password_opens(desk: Desk) -> None:
    token = desk.token()
    opened: list[bool] = []

    def sign_in(_sender: str, /, *, user: User) -> None:
        opened.append(desk.opens(NEW_PASSWORD))

    with perform_password_reset.connected_to(sign_in):
        desk.perform(token)

    assert opened == [True]


def test_a_link_works_once(desk: Desk) -> None:
    token = desk.token()
    desk.perform(token)

    with pytest.raises(ResetLinkError, match="was used"):
        desk.perform(token, "yet another password")

    assert desk.opens(NEW_PASSWORD)


def test_a_new_password_ends_every_other_link(desk: Desk) -> None:
    first, second = desk.token(), desk.token()
    desk.perform(second)

    with pytest.raises(ResetLinkError):
        desk.perform(first)


def test_of_two_uses_at_once_one_wins(desk: Desk) -> None:
    token = desk.token()
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def use(password: str) -> None:
        start.wait()
        try:
            desk.perform(token, password)
        except ResetLinkError:
            outcomes.append("refused")
        else:
            outcomes.append("set")

    with heard(perform_password_reset) as sends:
        threads = [threading.Thread(target=use, args=(f"password number {number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(outcomes) == ["refused", "refused", "refused", "set"]
    assert len(sends) == 1


def test_a_link_works_for_an_hour(desk: Desk) -> None:
    token, late = desk.token(), desk.token()
    desk.clock.move(minutes=59)
    desk.perform(token)

    desk.clock.move(minutes=2)
    with pytest.raises(ResetLinkError, match="older than an hour"):
        desk.perform(late)


@pytest.mark.parametrize("token", ["", "x", "WzEsMSw5OTk5OTk5OTk5XQ.c2lnbmF0dXJl", "ä" * 300])
def test_a_link_of_somebody_else_is_refused(desk: Desk, token: str) -> None:
    with pytest.raises((ResetLinkError, ValidationError)):
        desk.perform(token)


def test_a_link_signed_for_another_purpose_or_key_is_refused(desk: Desk) -> None:
    other = ResetLinks("another key" * 3, "http://127.0.0.1", desk.clock)
    with desk.portal.parts.database.session() as session:
        link = other.make(session.get_one(StoredUser, 1))

    with pytest.raises(ResetLinkError):
        desk.perform(link.rpartition("/")[2])


def test_a_weak_password_leaves_the_link_good(desk: Desk) -> None:
    token = desk.token()

    with pytest.raises(ValidationError):
        desk.perform(token, "short")

    desk.perform(token)


def test_a_link_of_a_closed_account_is_refused(desk: Desk) -> None:
    token = desk.token()
    desk.portal.add_user("admin", is_admin=True)
    desk.portal.act("user_deactivate", by="admin", id="nora")

    with pytest.raises(ResetLinkError):
        desk.perform(token)


def test_asking_for_somebody_unknown_looks_the_same_and_sends_nothing(desk: Desk) -> None:
    with heard(request_password_reset) as sends:
        desk.ask("nobody")

    assert sends == []
    assert desk.mail_server.mails == []


@pytest.mark.parametrize(("command", "reply"), [("MAIL", "421 try later"), ("RCPT", "550 no such user here")])
def test_a_mail_that_is_not_accepted_is_logged_for_the_operator_and_not_sent_as_one(
    desk: Desk, caplog: pytest.LogCaptureFixture, command: str, reply: str
) -> None:
    desk.mail_server.refusals[command] = reply

    with heard(request_password_reset) as sends, caplog.at_level(logging.WARNING):
        desk.ask("nora")

    assert sends == []
    assert "a mail asked for from 127.0.0.1 was not accepted" in caplog.text
    assert reply[:3] in caplog.text
    assert "nora" not in caplog.text


def test_a_link_that_its_own_page_read_before_works_once_too(desk: Desk) -> None:
    token = desk.token()
    with desk.portal.app.app_context(), desk.portal.parts.database.session() as session:
        shown = find_resetting_user(session, desk.portal.parts.reset_links, token)
        desk.perform(token)

        with pytest.raises(ResetLinkError, match="was used"):
            get_action("password_reset_perform")({"session": session}, {"token": token, "password": "yet another one"})

    assert shown.name == "nora"
    assert desk.opens(NEW_PASSWORD)


def test_too_many_requests_of_one_spelling_are_told(desk: Desk) -> None:
    for _ in range(3):
        desk.ask("nora")

    with pytest.raises(TooManyAttemptsError):
        desk.ask("nora")


def test_a_mailbox_cannot_be_flooded_however_its_account_is_spelt_and_nobody_is_told(desk: Desk) -> None:
    for spelling in ("nora", "nora@example.org"):
        for address in ("1.1.1.1", "2.2.2.2"):
            for _ in range(3):
                desk.ask(spelling, address)

    assert len(desk.mail_server.mails) == 10


def test_neither_the_link_nor_the_password_is_in_a_signal(desk: Desk) -> None:
    token = desk.token()

    with heard(before_action, action_succeeded) as sends:
        desk.perform(token)

    assert [payload["data_dict"] for _, _, payload in sends] == [{"token": MASK, "password": MASK}] * 2
