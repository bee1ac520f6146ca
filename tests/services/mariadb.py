"""Provides a MariaDB for the tests: the server that answers already, else a private one."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tests.services.postgresql import free_port

# As the programs of MariaDB have it: the variable is how a server on another port is named.
_USUAL_PORT = int(os.environ.get("MYSQL_TCP_PORT", "3306"))
_START_SECONDS = 60


class MariadbMissingError(Exception):
    """No server answers, and none is installed that could be started."""


@contextmanager
def mariadb_server(port: int = _USUAL_PORT) -> Iterator[int]:
    """Give the port of a server on the loopback interface that lets `root` in without a password."""
    try:
        _run(port, "SELECT 1")
    except OperationalError:
        with _private_server() as private:
            yield private
    else:
        yield port


@contextmanager
def fresh_mariadb_database(port: int) -> Iterator[str]:
    """Give the SQLAlchemy URL of a new, empty database, dropped at the end."""
    name = f"portico_{uuid.uuid4().hex}"
    _run(port, f"CREATE DATABASE {name}")
    try:
        yield f"{_url(port)}{name}"
    finally:
        _run(port, f"DROP DATABASE {name}")


def _url(port: int) -> str:
    return f"mysql+pymysql://root@127.0.0.1:{port}/"


def _run(port: int, statement: str) -> None:
    with create_engine(_url(port), poolclass=NullPool).connect() as connection:
        connection.exec_driver_sql(statement)


@contextmanager
def _private_server() -> Iterator[int]:
    install, serve, administer = (shutil.which(name) for name in ("mariadb-install-db", "mariadbd", "mariadb-admin"))
    if install is None or serve is None or administer is None:
        message = "no MariaDB answers on 127.0.0.1, and none is installed; run: sudo apt-get install mariadb-server"
        raise MariadbMissingError(message)
    # As with PostgreSQL: under root, the server runs as a user that pytest's own folder is closed to.
    user = "mysql" if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="portico-mariadb-"))
    try:
        if user:
            shutil.chown(home, user, user)
        port = free_port()
        place = ["--no-defaults", f"--datadir={home / 'data'}", *([f"--user={user}"] if user else [])]
        open_root = "--auth-root-authentication-method=normal"
        subprocess.run([install, *place, open_root], check=True, capture_output=True)
        network = [
            "--bind-address=127.0.0.1",
            f"--port={port}",
            f"--socket={home / 'socket'}",
            f"--pid-file={home}/pid",
        ]
        server = subprocess.Popen([serve, *place, *network], stderr=subprocess.DEVNULL)
        try:
            here = ["--no-defaults", "--host=127.0.0.1", f"--port={port}", "--user=root"]
            subprocess.run([administer, *here, f"--wait={_START_SECONDS}", "ping"], check=True, capture_output=True)
            yield port
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(_START_SECONDS)
            server.kill()
            server.wait()
    finally:
        shutil.rmtree(home)
