"""A `bootstrap` that is a generator: what follows its `yield` undoes it, once, whatever switches the plugin off."""

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from portico.errors import PluginError
from portico.plugins import IPluginBootstrap, ISignal, Limits, Plugin, PluginState, implements
from portico.signals import Namespace, observe_failures
from tests.plugins.conftest import MakeManager, saying


class Client:
    """Something that is opened and closed."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.is_open = False

    def open(self) -> None:
        assert not self.is_open
        self.is_open = True
        self.log.append("opened")

    def close(self) -> None:
        assert self.is_open
        self.is_open = False
        self.log.append("closed")


def fail() -> None:
    raise LookupError("no")


@pytest.fixture
def client() -> Client:
    return Client()


def using(client: Client, acme: Namespace, name: str = "using") -> type[Plugin]:
    """Return a plugin class that opens a client for as long as it is on; `acme:happened` uses it."""
    plugin_name = name

    class Using(Plugin):
        implements(IPluginBootstrap)
        name = plugin_name

        def bootstrap(self) -> Iterator[None]:
            client.open()
            acme.signal("happened").connect(self.hear)
            yield
            # Nobody calls a receiver on what is torn down.
            assert list(acme.signal("happened").receivers_for(None)) == []
            client.close()

        def hear(self, sender: object) -> str:
            assert client.is_open
            return "heard"

    return Using


def test_it_is_torn_down_once_when_the_plugin_is_disabled(acme: Namespace, manage: MakeManager, client: Client) -> None:
    manager = manage(using(client, acme))

    manager.enable("using")
    heard = acme.signal("happened").collect()
    manager.disable("using")
    manager.disable("using")

    assert (heard, acme.signal("happened").collect()) == (["heard"], [])
    assert client.log == ["opened", "closed"]
    manager.enable("using")
    manager.close()
    assert client.log == ["opened", "closed"] * 2


def test_quarantine_tears_it_down_and_enabling_runs_it_anew_in_its_old_place(
    acme: Namespace, manage: MakeManager, client: Client
) -> None:
    happened = acme.signal("happened")

    class Many(Plugin):
        implements(ISignal)
        name = "using"

        def get_signal_subscriptions(self) -> Any:
            return {happened: [saying("mapped")]}

    class Between(Many):
        implements(IPluginBootstrap)
        name = "using"

        def bootstrap(self) -> Iterator[None]:
            happened.connect(saying("one"))
            happened.connect(saying("two"), order=-1)
            client.open()
            yield
            client.close()

    manager = manage(Between)
    manager.enable("using")
    with manager._plugins.by_name["using"].scope:
        happened.connect(saying("later"))
    before = happened.collect()

    manager.quarantine("using", "was slow")
    quarantined = happened.collect()
    manager.enable("using")

    assert quarantined == []
    assert happened.collect() == before == ["two", "mapped", "one", "later"]
    assert client.log == ["opened", "closed", "opened"]
    manager.disable("using")
    assert client.log == ["opened", "closed"] * 2


def test_a_failure_while_quarantine_is_decided_tears_it_down_after_the_dispatch(
    acme: Namespace, manage: MakeManager, client: Client
) -> None:
    @acme.signal(policy="isolate")
    def happened(sender: object, /) -> None: ...

    seen: list[bool] = []

    class Failing(Plugin):
        implements(IPluginBootstrap)
        name = "failing"

        def bootstrap(self) -> Iterator[None]:
            client.open()
            happened.connect(self.hear)
            happened.connect(lambda sender: seen.append(client.is_open))
            yield
            client.close()

        def hear(self, sender: object) -> None:
            raise LookupError("always")

    manager = manage(Failing, limits=Limits(failures_in_a_row=1))
    with observe_failures(manager.note_failure):
        manager.enable("failing")
        happened.send(None)

    assert seen == [True]
    assert manager.get("failing").state is PluginState.QUARANTINED
    assert client.log == ["opened", "closed"]


def test_plugins_are_torn_down_last_one_first(acme: Namespace, manage: MakeManager) -> None:
    log: list[str] = []

    def plugin(plugin_name: str) -> type[Plugin]:
        class Logging(Plugin):
            implements(IPluginBootstrap)
            name = plugin_name

            def bootstrap(self) -> Iterator[None]:
                log.append(plugin_name)
                yield
                log.append(f"-{plugin_name}")

        return Logging

    manager = manage(plugin("one"), plugin("two"))
    manager.enable_all(["two", "one"])
    manager.close()

    assert log == ["one", "two", "-two", "-one"]


def test_when_a_later_step_fails_what_was_begun_is_torn_down(
    acme: Namespace, manage: MakeManager, client: Client
) -> None:
    class Failing(Plugin):
        implements(IPluginBootstrap)
        name = "failing"

        def bootstrap(self) -> Iterator[None]:
            client.open()
            try:
                fail()
                yield
            finally:
                client.close()

    manager = manage(Failing)

    with pytest.raises(PluginError, match="it failed at bootstrap: LookupError: no"):
        manager.enable("failing")

    assert client.log == ["opened", "closed"]


def test_a_teardown_that_raises_is_noted_and_the_plugin_is_off(
    acme: Namespace, manage: MakeManager, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Plugin):
        implements(IPluginBootstrap)
        name = "failing"

        def bootstrap(self) -> Iterator[None]:
            acme.signal("happened").connect(saying("heard"))
            yield
            acme.signal("happened").connect(saying("on its way out"))
            raise OSError("cannot flush")

    manager = manage(Failing)
    manager.enable("failing")

    with caplog.at_level(logging.ERROR):
        status = manager.disable("failing")

    assert status.state is PluginState.DISABLED
    assert acme.signal("happened").subscriptions == ()
    assert status.failure is not None
    assert (status.failure.stage, status.failure.error) == ("teardown", "OSError: cannot flush")
    assert "what follows the yield of its bootstrap() failed: OSError: cannot flush" in [n.text for n in status.notes]
    assert "plugin failing failed in what follows the yield of its bootstrap(); the rest was undone" in caplog.text


def test_one_that_yields_twice_is_closed_and_noted(manage: MakeManager) -> None:
    log: list[str] = []

    class Twice(Plugin):
        implements(IPluginBootstrap)
        name = "twice"

        def bootstrap(self) -> Iterator[None]:
            try:
                yield
                yield
            finally:
                log.append("closed")

    manager = manage(Twice)
    manager.enable("twice")
    status = manager.disable("twice")

    assert log == ["closed"]
    assert status.failure is not None
    assert "yielded a second time" in status.failure.error


def test_one_that_ends_before_its_yield_is_refused(acme: Namespace, manage: MakeManager) -> None:
    class Ending(Plugin):
        implements(IPluginBootstrap)
        name = "ending"

        def bootstrap(self) -> Iterator[None]:
            acme.signal("happened").connect(saying("heard"))
            if acme.name:
                return
            yield

    manager = manage(Ending)

    with pytest.raises(PluginError, match="is a generator that ended before its `yield`"):
        manager.enable("ending")

    assert acme.signal("happened").subscriptions == ()


def test_an_asynchronous_one_is_refused_and_nothing_of_it_ran(manage: MakeManager) -> None:
    ran: list[str] = []

    class Coroutine(Plugin):
        implements(IPluginBootstrap)
        name = "coroutine"

        async def bootstrap(self) -> None:
            ran.append("coroutine")

    class AsyncGenerator(Plugin):
        implements(IPluginBootstrap)
        name = "generator"

        async def bootstrap(self) -> AsyncIterator[None]:
            ran.append("generator")
            yield

    manager = manage(Coroutine, AsyncGenerator)

    for name in ("coroutine", "generator"):
        with pytest.raises(PluginError, match=r"bootstrap\(\) is asynchronous, and nobody awaits it"):
            manager.enable(name)
    assert ran == []


def test_one_that_disables_its_plugin_is_torn_down(acme: Namespace, manage: MakeManager, client: Client) -> None:
    class Disabling(Plugin):
        implements(IPluginBootstrap)
        name = "disabling"

        def bootstrap(self) -> Iterator[None]:
            client.open()
            manager.disable("disabling")
            acme.signal("happened").connect(saying("late"))
            yield
            client.close()

    manager = manage(Disabling)

    with pytest.raises(PluginError, match="it was disabled while it was being enabled"):
        manager.enable("disabling")

    assert client.log == ["opened", "closed"]
    assert acme.signal("happened").subscriptions == ()
