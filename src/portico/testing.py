"""Captures sends, takes subscriptions back and finds leaked ones, for tests of code that sends or receives.

Installed with Portico, it is a pytest plugin: its fixtures are there without an import. It is not used at run time.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from portico.errors import MissingExtraError
from portico.signals import Namespace, SendReport, Signal, Subscription, Undo, enrolled, tap

try:
    import pytest
except ImportError as error:
    raise MissingExtraError("pytest", "testing") from error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from portico.host import Portico

__all__ = ["Captured", "capture", "subscriptions"]


class Captured(list[SendReport]):
    """The sends that were captured, in the order in which they ended."""

    @property
    def payloads(self) -> list[dict[str, Any]]:
        """The payload of each."""
        return [report.payload for report in self]

    @property
    def senders(self) -> list[object]:
        """The sender of each."""
        return [report.sender for report in self]

    @property
    def only(self) -> SendReport:
        """The one send that was captured.

        Raises:
            AssertionError: there was none, or more than one; it says which.
        """
        if len(self) != 1:
            labels = ", ".join(report.signal.label for report in self) or "none"
            msg = f"expected one send, captured {len(self)}: {labels}"
            raise AssertionError(msg)
        return self[0]

    def of(self, signal: Signal[...]) -> Captured:
        """Return the sends of one signal."""
        return Captured(report for report in self if report.signal is signal)


@contextmanager
def capture(*where: Signal[...] | Namespace) -> Iterator[Captured]:
    """Capture every send of some signals, of all signals of some namespaces, or of everything.

        with capture(user_created) as captured:
            sign_up("jane")
        assert captured.only.sender == "jane"

    The receivers run as always; sends that nobody hears are captured too.
    """
    captured = Captured()
    detach = [each.tap(captured.append) for each in where] or [tap(captured.append)]
    try:
        yield captured
    finally:
        for undo in detach:
            undo()


def subscriptions() -> list[Subscription]:
    """Return every connected subscription of every signal in this process."""
    return [subscription for signal in enrolled() for subscription in signal.subscriptions]


@pytest.fixture
def captured_sends() -> Iterator[Captured]:
    """Every send of the test, of any signal."""
    with capture() as captured:
        yield captured


@pytest.fixture
def capture_sends() -> Iterator[Callable[..., Captured]]:
    """Begin to capture the sends of given signals or namespaces, until the end of the test."""
    detach: list[Undo] = []

    def begin(*where: Signal[...] | Namespace) -> Captured:
        captured = Captured()
        detach.extend([each.tap(captured.append) for each in where] or [tap(captured.append)])
        return captured

    yield begin
    for undo in detach:
        undo()


def _left_behind(before: set[Subscription]) -> list[Subscription]:
    """Return what was connected since and would be connected again if the test ran again.

    What the body of a module connects it connects once: no later import would do it again, so the test that happened to
    be the first to import the module must not take it away from the others.
    """
    return [
        subscription
        for subscription in subscriptions()
        if subscription not in before and not (subscription.at_import and subscription.module in sys.modules)
    ]


@pytest.fixture
def isolated_subscriptions() -> Iterator[None]:
    """Take back, when the test is over, every subscription made in it, but for those of a module that it imported."""
    before = set(subscriptions())
    yield
    for subscription in _left_behind(before):
        subscription.cancel()


@pytest.fixture
def no_leaked_subscriptions() -> Iterator[None]:
    """Fail the test if it leaves a subscription behind, and take that back, so that no other test sees it.

    What a module connects at its first import is no leak.
    """
    before = set(subscriptions())
    yield
    leaked = _left_behind(before)
    names = [repr(subscription) for subscription in leaked]
    for subscription in leaked:
        subscription.cancel()
    if names:
        pytest.fail("subscriptions were left behind; cancel them:\n" + "\n".join(names), pytrace=False)


@pytest.fixture
def open_portico() -> Iterator[Callable[..., Portico]]:
    """Open hosts that are closed after the test: `open_portico(plugins=[Greeter])` takes what `Portico` takes."""
    from portico.host import Portico  # noqa: PLC0415 - for those tests only that have a host

    hosts: list[Portico] = []

    def begin(**options: Any) -> Portico:
        hosts.append(Portico(**options))
        return hosts[-1].open()

    yield begin
    for host in reversed(hosts):
        host.close()


@pytest.fixture
def closed_portico() -> Iterator[None]:
    """Close the host that the test has open when it is over: one that an application factory has opened, say.

    It is for every test with `pytestmark = pytest.mark.usefixtures("closed_portico")`.
    """
    from portico.host import close_open_host  # noqa: PLC0415 - as above

    yield
    close_open_host()


@pytest.fixture
def used_plugin() -> Iterator[Callable[..., Any]]:
    """Enable plugins until the end of the test: `used_plugin(Greeter)` takes and returns what `use_plugin` does."""
    from portico.host import use_plugin  # noqa: PLC0415 - as above

    with ExitStack() as stack:
        yield lambda *plugins: stack.enter_context(use_plugin(*plugins))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `portico_leaks`."""
    parser.addini(
        "portico_leaks",
        "what happens to a test that leaves subscriptions behind: 'allow' (default), 'isolate' or 'fail'",
        default="allow",
    )


@pytest.fixture(autouse=True)
def _portico_leaks(request: pytest.FixtureRequest) -> None:
    policy = str(request.config.getini("portico_leaks"))
    wanted = {"allow": None, "isolate": "isolated_subscriptions", "fail": "no_leaked_subscriptions"}
    if policy not in wanted:
        msg = f"portico_leaks is {policy!r}; use one of: {', '.join(wanted)}"
        raise pytest.UsageError(msg)
    if name := wanted[policy]:
        request.getfixturevalue(name)
