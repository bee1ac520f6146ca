"""A Django project on the façade for `django.dispatch`; each run is a process of its own, as imports are for good."""

from pathlib import Path

from tests.compat.programs import run

PROJECT = """
import asyncio
import sys

import django
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

heard = []


def page(request):
    return HttpResponse("hello")


async def async_page(request):
    return HttpResponse("hello")


urlpatterns = [path("", page), path("async", async_page)]
settings.configure(
    DEBUG=True,
    SECRET_KEY="not a secret",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    USE_TZ=True,
)
django.setup()

from django.contrib.auth import get_user_model, user_logged_in, user_login_failed
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db.models import signals
from django.dispatch import receiver
from django.test import AsyncClient, Client

User = get_user_model()


def note(name, **kwargs):
    kwargs.pop("signal")
    heard.append((name, sorted(kwargs)))


@receiver([signals.pre_save, signals.post_save], sender=User)
def saved(sender, instance, **kwargs):
    note("saved", sender=sender, **kwargs)


@receiver(signals.m2m_changed, sender=User.groups.through)
def changed(action, **kwargs):
    note(action, **kwargs)


# By name, before the model is known to it: Django connects it when it is.
signals.post_delete.connect(lambda **kwargs: note("deleted", **kwargs), sender="auth.User", weak=False)
request_started.connect(lambda **kwargs: note("started", **kwargs), weak=False)
user_logged_in.connect(lambda **kwargs: note("in", **kwargs), weak=False, dispatch_uid="note")
user_login_failed.connect(lambda **kwargs: note("failed", **kwargs), weak=False)


@receiver(request_finished)
async def finished(**kwargs):
    await asyncio.sleep(0)
    note("finished", **kwargs)


call_command("migrate", verbosity=0)
jane = User.objects.create_user("jane", password="secret")
jane.groups.create(name="readers")
client = Client()
heard.append(client.get("/").status_code)
heard.append((client.login(username="jane", password="wrong"), client.login(username="jane", password="secret")))
heard.append(asyncio.run(AsyncClient().get("/async")).status_code)
jane.delete()
try:
    signals.post_save.connect(lambda sender: None)
except ValueError as error:
    heard.append(type(error).__name__)
for event in heard:
    print(event)
"""

OURS = """
from portico.compat import django_dispatch
django_dispatch.install()
"""

PROOF = """
import django.dispatch
import django.dispatch.dispatcher
assert isinstance(signals.post_save, django_dispatch.Signal)
assert django.dispatch is django_dispatch
assert django.dispatch.dispatcher.Signal is django_dispatch.Signal
"""


def test_django_raises_the_same_signals_on_both(tmp_path: Path) -> None:
    theirs = run(tmp_path, PROJECT)
    ours = run(tmp_path, OURS, PROJECT, PROOF)

    assert ours == theirs
    for event in ("saved", "post_add", "deleted", "started", "finished", "in", "failed"):
        assert f"('{event}', " in ours


def test_taps_see_the_signals_of_django(tmp_path: Path) -> None:
    tap = """
    import portico

    seen = []
    portico.signals.tap(lambda report: seen.append(report.signal))
    User.objects.create_user("joe")
    assert signals.post_save.portico in seen
    """

    run(tmp_path, OURS, PROJECT, tap)
