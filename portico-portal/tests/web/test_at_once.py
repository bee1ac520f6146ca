"""Accounts behind gunicorn with three workers, and people who do the same thing at the same moment."""

from collections import Counter
from datetime import timedelta
from functools import partial

import httpx
from sqlalchemy import func, select

from portico_portal.models import Attempt, User, UserSession
from portico_portal.plugins.audit import AuditEvent
from tests.mail_server import MailServer
from tests.running import PASSWORD
from tests.served import Person, Serve, ServedPortal, at_once
from tests.visitor import text_of


def statuses(answers: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in answers))


def count(portal: ServedPortal, kind: type[User | Attempt | UserSession]) -> int:
    with portal.database.session() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def says(answer: httpx.Response, *typed: str) -> tuple[int, str]:
    """What an answer tells, without what was typed."""
    text = text_of(answer)
    for each in typed:
        text = text.replace(each, "...")
    return answer.status_code, text


# -- links -------------------------------------------------------------------------------------------------------


def test_a_reset_link_that_is_used_eight_times_at_once_works_once(
    served: ServedPortal, mail_server: MailServer
) -> None:
    served.add_user("nora")
    served.person().submit("/forgot-password", name="nora")
    mail_server.wait_for(1)
    uses = []
    for number in range(8):
        person = served.person()
        person.get(mail_server.link())
        form = person.form("/reset-password") | {"password": f"a few words and {number}"}
        uses.append(partial(person.post, "/reset-password", data=form))

    answers = at_once(*uses)

    assert statuses(answers) == {302: 1, 410: 7}
    (winner,) = [number for number, answer in enumerate(answers) if answer.status_code == 302]
    assert served.person().sign_in("nora", f"a few words and {winner}").status_code == 302
    with served.database.session() as session:
        assert session.scalar(select(User.password_version)) == 2


def test_sign_up_links_of_one_mailbox_that_are_used_at_once_make_one_account(
    served: ServedPortal, mail_server: MailServer
) -> None:
    uses = []
    for number, email in enumerate(("nora@bücher.example", "NORA@xn--bcher-kva.example")):
        served.person().submit("/sign-up", name=f"nora{number}", email=email)
        mail_server.wait_for(number + 1)
        for _ in range(3):
            person = served.person()
            person.get(mail_server.link())
            form = person.form("/sign-up/password") | {"password": PASSWORD}
            uses.append(partial(person.post, "/sign-up/password", data=form))

    answers = at_once(*uses)

    assert statuses(answers) == {302: 1, 410: 5}
    with served.database.session() as session:
        assert [email.casefold() for email in session.scalars(select(User.email))] == ["nora@xn--bcher-kva.example"]


# -- who has an account ------------------------------------------------------------------------------------------


def test_reset_and_sign_up_answer_everybody_alike_while_the_mail_is_still_on_its_way(
    serve: Serve, mail_server: MailServer
) -> None:
    served = serve(plugins="audit")
    served.add_user("nora")
    person = served.person()

    with mail_server.holding():
        known, unknown = (person.submit("/forgot-password", name=name) for name in ("nora", "paul"))
        taken, free = (
            person.submit("/sign-up", name="amara", email=f"{name}@example.org") for name in ("nora", "paul")
        )
        assert mail_server.mails == []

    assert says(known, "nora") == says(unknown, "paul")
    assert known.status_code == 200
    assert says(taken, "nora@") == says(free, "paul@")
    assert taken.status_code == 200
    mail_server.wait_for(3)
    assert sorted(mail["Subject"] for mail in mail_server.to("nora@example.org")) == [
        "Portico: set a new password",
        "Portico: you have an account",
    ]
    assert [mail["Subject"] for mail in mail_server.to("paul@example.org")] == ["Portico: make your account"]
    # What is left to do is done before it ends, and told of after the mail.
    served.stop()
    with served.database.session() as session:
        told = session.execute(select(AuditEvent.signal, AuditEvent.subject, AuditEvent.remote_address)).all()
    served.database.close()
    assert [tuple(row) for row in told] == [("request_password_reset", "nora", "127.0.0.1")]


# -- limits ------------------------------------------------------------------------------------------------------


def test_sign_up_is_limited_for_an_address_in_all_workers(served: ServedPortal) -> None:
    person, other = served.person(), served.person(address="127.0.0.2")
    forms = [person.form("/sign-up") | {"name": f"name{n}", "email": f"name{n}@example.org"} for n in range(24)]

    answers = at_once(*[partial(person.post, "/sign-up", data=form) for form in forms])

    assert statuses(answers) == {200: 20, 429: 4}
    assert {answer.headers.get("Retry-After", "") > "0" for answer in answers if answer.status_code == 429} == {True}
    assert other.submit("/sign-up", name="nora", email="nora@example.org").status_code == 200
    assert count(served, User) == 0


def test_exactly_five_guesses_at_once_are_looked_at(served: ServedPortal) -> None:
    served.add_user("nora")
    guesses = [served.person() for _ in range(12)]
    forms = [person.form("/sign-in") | {"name": "nora", "password": "a wrong guess"} for person in guesses]

    answers = at_once(
        *[partial(person.post, "/sign-in", data=form) for person, form in zip(guesses, forms, strict=True)]
    )

    assert statuses(answers) == {200: 5, 429: 7}


def test_name_and_address_of_one_account_are_guessed_with_one_counter(served: ServedPortal) -> None:
    served.add_user("nora")
    person, elsewhere = served.person(), served.person(address="127.0.0.2")
    for spelling in ("nora", "NORA", "nora@example.org", "Nora@EXAMPLE.org", "nora"):
        assert person.sign_in(spelling, "a wrong guess").status_code == 200

    assert person.sign_in("nora@example.org", PASSWORD).status_code == 429
    assert person.sign_in("nora", PASSWORD).status_code == 429
    assert elsewhere.sign_in("nora@example.org", PASSWORD).status_code == 302


def test_more_passwords_than_can_be_hashed_at_once_are_told_to_come_back(serve: Serve) -> None:
    served = serve(passwords_at_once=1, password_wait_seconds=0)
    served.add_user("nora")
    people = [served.person(address=f"127.0.0.{number}") for number in range(2, 14)]
    forms = [person.form("/sign-in") | {"name": "nora", "password": "a wrong guess"} for person in people]

    answers = at_once(
        *[partial(person.post, "/sign-in", data=form) for person, form in zip(people, forms, strict=True)]
    )

    busy = [answer for answer in answers if answer.status_code == 503]
    assert set(statuses(answers)) == {200, 503}
    assert {answer.headers["Retry-After"] for answer in busy} == {"1"}
    assert "Too many people sign in at the moment. Try again in 1 second." in text_of(busy[0])
    # Those that were not looked at are no attempts.
    assert count(served, Attempt) == len(answers) - len(busy)


# -- sessions and administrators ---------------------------------------------------------------------------------


def copy_of(person: Person, portal: ServedPortal) -> Person:
    thief = portal.person(address="127.0.0.3")
    thief.client.cookies.update(person.client.cookies)
    return thief


def test_a_copied_cookie_does_not_outlive_signing_out_nor_the_age_of_its_session(served: ServedPortal) -> None:
    served.add_user("nora")
    nora, elsewhere = served.person(), served.person()
    for person in (nora, elsewhere):
        person.sign_in("nora", PASSWORD)
    thief, other_thief = copy_of(nora, served), copy_of(elsewhere, served)
    assert thief.is_signed_in()

    nora.press("/", "/sign-out")

    assert not any(at_once(*[thief.is_signed_in] * 6))
    assert all(at_once(*[other_thief.is_signed_in] * 6))
    with served.database.session() as session:
        # Thirteen hours go by.
        session.scalars(select(UserSession)).one().began_at -= timedelta(hours=13)
        session.commit()
    assert not any(at_once(*[other_thief.is_signed_in] * 6))


def test_administrators_who_close_one_another_at_once_leave_one(served: ServedPortal) -> None:
    admins = {name: served.add_user(name, is_admin=True) for name in ("ada", "amara")}
    people = {name: served.person() for name in admins}
    for name, person in people.items():
        person.sign_in(name, PASSWORD)
    ways = [(people["ada"], f"/users/{admins['amara'].id}"), (people["amara"], f"/users/{admins['ada'].id}")]
    forms = [person.form("/users", f"{path}/deactivate") for person, path in ways]

    answers = at_once(
        *[
            partial(person.post, f"{path}/deactivate", data=form)
            for (person, path), form in zip(ways, forms, strict=True)
        ]
    )

    with served.database.session() as session:
        assert len(session.scalars(select(User).where(User.is_active)).all()) == 1
    assert set(statuses(answers)) <= {302, 403}


def test_a_token_that_is_revoked_several_times_at_once_is_revoked_once(served: ServedPortal) -> None:
    served.add_user("nora")
    nora = served.person()
    nora.sign_in("nora", PASSWORD)
    nora.submit("/account/tokens", label="a program")
    form = nora.form("/account/tokens", "/account/tokens/1/revoke")

    answers = at_once(*[partial(nora.post, "/account/tokens/1/revoke", data=form)] * 4)

    assert statuses(answers) == {302: 1, 404: 3}
