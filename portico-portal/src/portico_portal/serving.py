"""Serves a WSGI application on a port of this machine until somebody stops it."""

import errno
import socket

from flask import Flask
from waitress.server import create_server

from portico.errors import ConfigurationError

THREADS = 8
PORTS_TO_TRY = 50
LAST_PORT = 65535


def listen(host: str, port: int, *, or_next: bool = False) -> socket.socket:
    """A socket that listens on `port`, or with `or_next` on the first free one after it.

    Raises:
        ConfigurationError: the port is taken or may not be used, or the host is not an address of this machine.
    """
    last = min(port + PORTS_TO_TRY, LAST_PORT) if or_next and port else port
    for candidate in range(port, last + 1):
        try:
            return _listen(host, candidate)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and candidate < last:
                continue
            raise ConfigurationError(f"cannot listen on {host}:{candidate}: {error.strerror}") from error
    raise AssertionError("the last candidate returns or raises")


def serve(app: Flask, listener: socket.socket) -> None:
    """Answer requests until Ctrl-C or SIGTERM, inside `stopped_by_signals`; both return."""
    server = create_server(
        app,
        sockets=[listener],
        threads=THREADS,
        ident="portico",
        clear_untrusted_proxy_headers=False,  # the portal drops those that it does not trust
    )
    try:
        server.run()
    finally:
        server.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # Only listening settles who has the port.
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
