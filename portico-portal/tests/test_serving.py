import socket

import pytest

from portico.errors import ConfigurationError
from portico_portal.serving import listen


def test_a_taken_port_is_refused_with_its_name() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            listen("127.0.0.1", port)


def test_the_next_free_port_is_found() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]

        with listen("127.0.0.1", port, or_next=True) as found:
            assert found.getsockname()[1] > port


def test_a_host_that_is_not_here_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot listen on 192\.0\.2\.1"):
        listen("192.0.2.1", 0)


def test_ipv6_is_listened_on() -> None:
    with listen("::1", 0) as listener:
        assert listener.family == socket.AF_INET6
