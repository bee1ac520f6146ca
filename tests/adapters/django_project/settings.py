"""Sets up a Django project with Portico; its databases lie where `PROJECT_FOLDER` says."""

import os
from pathlib import Path

FOLDER = Path(os.environ["PROJECT_FOLDER"])

SECRET_KEY = "of the tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.adapters.django_project.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "tests.adapters.django_project",
    os.environ.get("PROJECT_APP", "portico.adapters.django"),
]
MIDDLEWARE = [
    "portico.adapters.django.PorticoMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PORTICO = "tests.adapters.django_project.plugins.make_host"


def _sqlite(name: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FOLDER / name,
        "TEST": {"NAME": FOLDER / f"test-{name}"},
    }


DATABASES = {"default": _sqlite("default.db"), "other": _sqlite("other.db")}
if "PROJECT_POSTGRESQL" in os.environ:
    user, _, name = os.environ["PROJECT_POSTGRESQL"].partition("@")
    host, _, name = name.partition("/")
    DATABASES["postgresql"] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user.partition(":")[0],
        "PASSWORD": user.partition(":")[2],
        "HOST": host.partition(":")[0],
        "PORT": host.partition(":")[2],
    }
