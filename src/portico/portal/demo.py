"""The people of the demo, and their password. Only demo mode accepts it."""

from sqlalchemy import func, select

from portico.portal.accounts import create_user, set_active
from portico.portal.database import Database
from portico.portal.models import User

DEMO_ADMIN = "admin"
DEMO_PASSWORD = "portico-demo"  # noqa: S105 - it is meant to be known, and refused outside the demo
DEMO_PLUGINS = ("audit", "welcome_mail", "flaky")

PEOPLE = (
    ("amara", "Amara Okafor"),
    ("jonas", "Jonas Lindqvist"),
    ("kenji", "Kenji Watanabe"),
    ("maria", "María Fernández"),
    ("pavel", "Pavel Novák"),
)
LEFT_US = "pavel"


def seed_demo(database: Database) -> bool:
    """Store the people of the demo in a database without users; return whether it was empty."""
    with database.session() as session:
        if session.scalar(select(func.count()).select_from(User)):
            return False
        admin = create_user(
            session,
            name=DEMO_ADMIN,
            email="admin@portico.example",
            full_name="Ada Keller",
            password=DEMO_PASSWORD,
            is_admin=True,
        )
        for name, full_name in PEOPLE:
            email = f"{name}@portico.example"
            user = create_user(session, name=name, email=email, full_name=full_name, password=DEMO_PASSWORD)
            if name == LEFT_US:
                set_active(session, user, active=False, by=admin)
        return True
