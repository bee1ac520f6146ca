"""Serves a WSGI application on a port of this machine until somebody stops it. Builds no application."""

import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

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
    """Answer requests until Ctrl-C or SIGTERM; both are the ordinary way to stop, and return."""
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


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Leave the block on Ctrl-C or SIGTERM, as if it had ended; a second one does not disturb the tidying up."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
