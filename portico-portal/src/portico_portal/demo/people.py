"""Stores the people of the demo, with a password that only demo mode accepts."""

from sqlalchemy import func, select

from portico import Portico
from portico_portal.actions import register_actions
from portico_portal.database import Database
from portico_portal.models import User

DEMO_ADMIN = "admin"
DEMO_ADMIN_NAME = "Ada Keller"
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
    # Actions without a portal around them: what is seeded is no news for plugins.
    registry = Portico().actions
    register_actions(registry)
    with database.session() as session:
        if session.scalar(select(func.count()).select_from(User)):
            return False
        for name, full_name in ((DEMO_ADMIN, DEMO_ADMIN_NAME), *PEOPLE):
            data_dict = {
                "name": name,
                "email": f"{name}@portico.example",
                "full_name": full_name,
                "password": DEMO_PASSWORD,
                "is_admin": name == DEMO_ADMIN,
            }
            registry.call("user_create", {"session": session, "ignore_auth": True}, data_dict)
        registry.call("user_deactivate", {"session": session, "ignore_auth": True}, {"id": LEFT_US})
        return True
