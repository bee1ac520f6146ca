"""Shares one environment among the tests that start servers: the wheel of the library, and what serves it."""

import pytest

from tests.architecture.environments import Environment, build_wheel, wheels_of_installed

SERVERS = ("fastapi", "gunicorn", "uvicorn")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with its extras for frameworks, and servers; nothing else."""
    folder = tmp_path_factory.mktemp("index")
    wheel = build_wheel("portico_signals", folder)
    wheels_of_installed(
        folder, "flask", "flask-login", "starlette", "django", "fastapi", "gunicorn", "uvicorn", "click", "rich"
    )
    environment = Environment(tmp_path_factory.mktemp("served"))
    environment.install(wheel, "[flask,asgi,django,cli]")
    environment.install_packages(folder, *SERVERS)
    return environment
