from sqlalchemy import select

from portico_portal import Database
from portico_portal.accounts import hash_token, new_token, user_of_token
from portico_portal.models import ApiToken, User
from tests.running import MovableClock, add_user


def test_noting_that_a_token_was_used_leaves_its_caller_s_transaction_as_it_is(
    database: Database, clock: MovableClock
) -> None:
    nora, token = add_user(database, "nora"), new_token()
    with database.session() as session:
        session.add(ApiToken(user_id=nora.id, label="ci", token_hash=hash_token(token), password_version=1))
        session.commit()

    with database.session() as session:
        session.add(User(name="amara", email="amara@example.org", password_hash=""))
        with session.no_autoflush:
            user = user_of_token(session, token, now=clock())
        session.rollback()

    assert user is not None
    with database.session() as session:
        assert session.scalars(select(User.name)).all() == ["nora"]
        assert session.scalar(select(ApiToken.last_used_at)) == clock()
