"""Provides a PostgreSQL for the tests: the server that answers already, else a private one."""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

# As libpq has it: the variable is how a server on another port is named.
_USUAL_PORT = int(os.environ.get("PGPORT", "5432"))
_DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")


class PostgresqlMissingError(Exception):
    """No server answers, and none is installed that could be started."""


@dataclass(frozen=True)
class Server:
    """A server on the loopback interface that trusts the user `postgres` and has a database `test`."""

    port: int

    def connect(self, database: str = "test") -> psycopg.Connection:
        """Return a connection outside any transaction, as creating and dropping databases wants it."""
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        return psycopg.connect(address, connect_timeout=5, autocommit=True)


@contextmanager
def postgresql_server(port: int = _USUAL_PORT) -> Iterator[Server]:
    """Give the server that answers on `port`, else a private one that is stopped and removed at the end."""
    running = Server(port)
    try:
        running.connect().close()
    except psycopg.OperationalError:
        with _private_server() as private:
            yield private
    else:
        yield running


@contextmanager
def fresh_database(server: Server) -> Iterator[str]:
    """Give the SQLAlchemy URL of a new, empty database, dropped at the end even when something is still connected."""
    name = f"portico_{uuid.uuid4().hex}"
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{server.port}/{name}"
    finally:
        with server.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _private_server() -> Iterator[Server]:
    programs = _programs()
    # Not below pytest's own folder: that is closed to the user `postgres`, as whom the server has to run under root.
    home = Path(tempfile.mkdtemp(prefix="portico-postgresql-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(home, "postgres", "postgres")
        data = home / "data"
        # Nothing of the machine's settings matters, and a crash may lose everything.
        _run(programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        server = Server(free_port())
        options = f"-c listen_addresses=127.0.0.1 -c port={server.port} -c unix_socket_directories= -c fsync=off"
        _run(programs / "pg_ctl", "-D", data, "-o", options, "-w", "start")
        try:
            with server.connect("postgres") as connection:
                connection.execute("CREATE DATABASE test")
            yield server
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home)


def _programs() -> Path:
    """Return the folder of the newest server installed; Debian keeps them off the PATH, one folder per version."""
    versions = sorted(_DEBIAN_PROGRAMS.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    if found is None:
        message = "no PostgreSQL answers on 127.0.0.1, and none is installed; run: sudo apt-get install postgresql"
        raise PostgresqlMissingError(message)
    return Path(found).parent


def _run(program: Path, *arguments: str | Path) -> None:
    # PostgreSQL refuses to run as root; Debian's package made a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    # A file, not a pipe: the server that pg_ctl starts writes there too, and a pipe would end with it only.
    with tempfile.TemporaryFile("w+") as said:
        finished = subprocess.run(
            [program, *arguments],
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
        )
        said.seek(0)
        if finished.returncode:
            message = f"{program.name} failed with exit code {finished.returncode}:\n{said.read()}"
            raise RuntimeError(message)


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        port: int = candidate.getsockname()[1]
        return port
