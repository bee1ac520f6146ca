import pytest

from portico.builtin import user_created
from portico.errors import ConflictError, NotAuthorizedError, ValidationError
from portico_portal.errors import SignUpLinkError, TooManyAttemptsError
from tests.mail_server import MailServer
from tests.running import PASSWORD, MovableClock, RunningPortal, StartPortal, heard


class Desk:
    """Where people ask for accounts."""

    def __init__(self, portal: RunningPortal, mail_server: MailServer) -> None:
        self.portal, self.mail_server = portal, mail_server

    def ask(self, name: str = "nora", email: str = "nora@example.org", **more: str) -> None:
        assert self.portal.act("sign_up_request", name=name, email=email, **more) is None

    def token(self, name: str = "nora", email: str = "nora@example.org", **more: str) -> str:
        self.ask(name, email, **more)
        return self.mail_server.link().rpartition("/")[2]

    def perform(self, token: str, password: str = PASSWORD) -> str:
        return str(self.portal.act("sign_up_perform", token=token, password=password)["name"])


@pytest.fixture
def desk(portal: RunningPortal, mail_server: MailServer) -> Desk:
    return Desk(portal, mail_server)


def test_the_account_is_made_with_the_mailed_link_and_not_before(desk: Desk) -> None:
    with heard(user_created) as sends:
        token = desk.token(full_name="Nora Petersen")
        assert sends == []
        desk.perform(token)

    assert [(sender, payload["user"].full_name) for _, sender, payload in sends] == [("nora", "Nora Petersen")]
    assert not desk.portal.load(1).is_admin


def test_the_owner_of_an_address_is_told_when_somebody_signs_up_with_it(desk: Desk) -> None:
    desk.portal.add_user("nora", email="nora@bücher.example")

    desk.ask("eve", "NORA@xn--bcher-kva.example")

    (mail,) = desk.mail_server.mails
    assert (mail["To"], mail["Subject"]) == ("nora@xn--bcher-kva.example", "Portico: you have an account")
    assert desk.mail_server.link() == "/forgot-password"
    assert "eve" not in mail.get_content()


def test_a_mail_to_a_stranger_holds_nothing_that_was_typed_but_the_name(desk: Desk) -> None:
    desk.ask(full_name="Win at https://evil.example")

    (mail,) = desk.mail_server.mails
    assert "evil" not in mail.as_string()


def test_a_link_works_once(desk: Desk) -> None:
    token = desk.token()
    desk.perform(token)

    with pytest.raises(SignUpLinkError, match="was used"):
        desk.perform(token)


def test_a_link_whose_name_was_taken_meanwhile_says_so(desk: Desk) -> None:
    first, second = desk.token(), desk.token(email="other@example.org")
    desk.perform(second)

    with pytest.raises(SignUpLinkError, match="the user name nora was taken meanwhile"):
        desk.perform(first)


def test_a_link_works_for_an_hour(desk: Desk, clock: MovableClock) -> None:
    token = desk.token()
    clock.move(hours=1)

    with pytest.raises(SignUpLinkError, match="older than an hour"):
        desk.perform(token)


def test_a_reset_link_makes_no_account(desk: Desk) -> None:
    desk.portal.add_user("amara")
    desk.portal.act("password_reset_request", name="amara")

    with pytest.raises(SignUpLinkError, match="not made by this portal"):
        desk.perform(desk.mail_server.link().rpartition("/")[2])


def test_a_weak_password_leaves_the_link_good(desk: Desk) -> None:
    token = desk.token()

    for password in ("short", "password123", "zzzzzzzzzzzz", " " * 12):
        with pytest.raises(ValidationError, match="password"):
            desk.perform(token, password)

    assert desk.perform(token) == "nora"


def test_a_name_that_is_taken_is_told_and_nobody_is_mailed(desk: Desk) -> None:
    desk.portal.add_user("nora")

    with pytest.raises(ConflictError, match="This user name is taken"):
        desk.ask("NORA", "other@example.org")

    assert desk.mail_server.mails == []


@pytest.mark.parametrize("email", ["nora", "nora@intranet", "nora@10.0.0.1", "nora@corp.local", "nora@ex_ample.org"])
def test_an_address_that_cannot_be_mailed_is_refused(desk: Desk, email: str) -> None:
    with pytest.raises(ValidationError, match="Write an e-mail address"):
        desk.ask(email=email)

    assert desk.mail_server.mails == []


def test_an_address_cannot_be_asked_for_again_and_again(desk: Desk) -> None:
    for spelling in ("nora@example.org", "NORA@example.org", "\uff4eora@example.org"):
        desk.ask(email=spelling)

    with pytest.raises(TooManyAttemptsError):
        desk.ask()

    assert len(desk.mail_server.mails) == 3


def test_sign_up_can_be_closed(start_portal: StartPortal) -> None:
    portal = start_portal(allow_sign_up=False)

    for action, fields in (("sign_up_request", {"name": "nora"}), ("sign_up_perform", {"token": "x"})):
        with pytest.raises(NotAuthorizedError, match="accounts are made by an administrator"):
            portal.act(action, **fields)
