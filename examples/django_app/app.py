"""Serves a Django project in one file, with Portico and a plugin that hears what was stored.

pip install 'portico-signals[django]' gunicorn
python app.py migrate
gunicorn --workers 2 app:application
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.db.models.signals import post_save
from django.http import HttpRequest, HttpResponse
from django.urls import path

from portico import IPluginBootstrap, ISignal, Namespace, Plugin, Portico, implements
from portico.adapters.django import send_after_commit
from portico.host import FileStateStore
from portico.plugins import SubscriptionMapping

club = Namespace("club")


@club.signal
def member_joined(name: str, /, *, number: int) -> None:
    """Sent after a new member was stored."""


class Journal(Plugin):
    """Writes down who joined, in a file that is open for as long as the plugin is enabled."""

    implements(ISignal, IPluginBootstrap)
    name = "journal"
    rows = 0

    def bootstrap(self) -> Iterator[None]:
        """Open the file and listen, until the plugin is disabled or the server stops."""
        with Path("journal.txt").open("a", encoding="utf-8") as self.file:
            member_joined.connect(self.greet)
            yield
            self.write(f"closed after {self.rows} rows")

    def get_signal_subscriptions(self) -> SubscriptionMapping:
        """Hear of rows: Django's signals are keys like any other."""
        return {post_save: [{"receiver": self.count_row, "sender": "auth.User"}]}

    def greet(self, name: str, number: int) -> None:
        """Write down who joined, and is stored."""
        self.write(f"{name} joined as number {number}")

    def count_row(self, **_: Any) -> None:
        """Count what Django has written, whether or not that is rolled back."""
        self.rows += 1

    def write(self, line: str) -> None:
        """Write a line, so that others can read it at once."""
        print(line, file=self.file, flush=True)


def make_host() -> Portico:
    """Return the host of the project."""
    return Portico(plugins=[Journal], state=FileStateStore("plugins.json"))


def join(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Take a new member; nobody is not taken, and nobody hears of it."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - the project is set up below

    with transaction.atomic():
        user = User.objects.create_user(name)
        send_after_commit(None, member_joined, name, number=user.pk)
        if name == "nobody":
            transaction.set_rollback(True)
    return HttpResponse("welcome")


urlpatterns = [path("join/<name>", join)]

settings.configure(
    SECRET_KEY=os.environ.get("SECRET_KEY", "to try it out; in production from a safe place"),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "portico.adapters.django"],
    MIDDLEWARE=["portico.adapters.django.PorticoMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "club.db"}},
    PORTICO=make_host,
)

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
else:
    application = get_wsgi_application()
