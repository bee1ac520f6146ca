"""What plugins bring to an application's own extension points, and what takes it back."""

import logging
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from portico.errors import ConfigurationError, PluginError
from portico.plugins import Interface, Plugin, PluginManager, PluginScope, PluginState, candidate_from_class, implements
from portico.signals import Namespace
from tests.plugins.conftest import MakeManager, saying, subscribing


class IMenu(Interface):
    """Bring menu items."""

    def items(self) -> list[str]:
        return []


class Menu:
    """An application's menu: items in plugin order."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, str]] = []
        self.asked = 0

    def take(self, part: IMenu, scope: PluginScope) -> None:
        self.asked += 1
        for item in part.items():
            entry = (scope.rank, item)
            if not item:
                raise ValueError("an item has no text")
            self.entries.append(entry)
            scope.callback(partial(self.entries.remove, entry))

    @property
    def items(self) -> list[str]:
        return [item for _, item in sorted(self.entries)]


@pytest.fixture
def menu() -> Menu:
    return Menu()


def bringing(name: str, *items: str, bootstrap: Callable[[], object] | None = None) -> type[Plugin]:
    """Return a plugin class that brings menu items."""

    class Bringing(subscribing(name, bootstrap=bootstrap)):  # type: ignore[misc]
        implements(IMenu)

        def items(self) -> list[str]:
            return list(items)

    Bringing.__name__ = name
    return Bringing


def test_what_enabled_plugins_bring_is_taken_in_their_order_and_given_back(manage: MakeManager, menu: Menu) -> None:
    manager = manage(bringing("one", "a", "b"), bringing("two", "c"))
    manager.contributions.offer(IMenu, take=menu.take, stage="menu")

    manager.enable("two")
    manager.enable("one")
    both = menu.items
    manager.disable("one")
    second = menu.items
    manager.enable("one")

    assert (both, second, menu.items) == (["a", "b", "c"], ["c"], ["a", "b", "c"])
    manager.close()
    assert menu.items == []


def test_what_is_offered_late_is_taken_from_the_plugins_that_are_on(manage: MakeManager, menu: Menu) -> None:
    manager = manage(bringing("one", "a"), bringing("two", "c"), subscribing("three"))
    manager.enable_all(["one", "three"])

    undo = manager.contributions.offer(IMenu, take=menu.take, stage="menu")
    taken = menu.items
    undo()
    undo()
    given_back = menu.items
    manager.enable("two")

    assert (taken, given_back, menu.items) == (["a"], [], [])


def test_a_plugin_whose_contribution_is_refused_fails_and_keeps_nothing(
    acme: Namespace, manage: MakeManager, menu: Menu
) -> None:
    happened = acme.signal("happened")
    manager = manage(bringing("bad", "a", "", bootstrap=lambda: happened.connect(saying("bad"))), bringing("good", "c"))
    manager.contributions.offer(IMenu, take=menu.take, stage="menu")

    manager.enable_all(["bad", "good"])

    failure = manager.get("bad").failure
    assert failure is not None
    assert (failure.stage, failure.error) == ("menu", "ValueError: an item has no text")
    assert menu.items == ["c"]
    assert happened.collect() == []
    with pytest.raises(PluginError, match="cannot enable 'bad': it failed at menu: ValueError: an item has no text"):
        manager.enable("bad")


def test_a_plugin_that_is_on_and_is_refused_what_is_offered_late_fails(manage: MakeManager, menu: Menu) -> None:
    manager = manage(bringing("bad", "a", ""), bringing("good", "c"))
    manager.enable_all(["bad", "good"])

    manager.contributions.offer(IMenu, take=menu.take, stage="menu")

    assert [status.state for status in manager.list()] == [PluginState.FAILED, PluginState.ENABLED]
    assert menu.items == ["c"]


def test_a_quarantined_plugin_brings_nothing_and_is_asked_again_afterwards(manage: MakeManager, menu: Menu) -> None:
    manager = manage(bringing("one", "a"))
    manager.contributions.offer(IMenu, take=menu.take, stage="menu")
    manager.enable("one")

    manager.quarantine("one", "was slow")
    quarantined = menu.items
    manager.enable("one")

    assert (quarantined, menu.items, menu.asked) == ([], ["a"], 2)


def test_implementing_gives_the_parts_of_enabled_plugins_in_order(manage: MakeManager) -> None:
    manager = manage(bringing("one", "a"), subscribing("two"), bringing("three", "c"))
    manager.enable_all(["three", "two", "one"])

    assert [part.items() for part in manager.implementing(IMenu)] == [["a"], ["c"]]
    manager.quarantine("one", "was slow")
    assert [part.items() for part in manager.implementing(IMenu)] == [["c"]]


def test_what_the_plugin_connects_when_it_is_asked_is_its_own(acme: Namespace, menu: Menu) -> None:
    happened = acme.signal("happened")

    class Connecting(Plugin):
        implements(IMenu)

        def items(self) -> list[str]:
            happened.connect(saying("asked"))
            return ["a"]

    manager = PluginManager([candidate_from_class(Connecting)])
    manager.contributions.offer(IMenu, take=menu.take, stage="menu")
    manager.enable("Connecting")

    assert [each.owner for each in happened.subscriptions] == ["Connecting"]
    manager.quarantine("Connecting", "was slow")
    assert list(happened.subscriptions) == []
    manager.enable("Connecting")
    assert len(happened.subscriptions) == 1
    manager.close()
    assert list(happened.subscriptions) == []


def test_what_undoes_a_contribution_and_raises_is_noted_and_the_rest_goes_on(
    manage: MakeManager, caplog: pytest.LogCaptureFixture
) -> None:
    undone: list[str] = []

    def undo(item: str) -> None:
        if item == "b":
            raise ZeroDivisionError("division by zero")
        undone.append(item)

    def take(part: IMenu, scope: PluginScope) -> None:
        for item in part.items():
            scope.callback(partial(undo, item))

    manager = manage(bringing("one", "a", "b", "c"))
    manager.contributions.offer(IMenu, take=take, stage="menu")
    manager.enable("one")

    with caplog.at_level(logging.ERROR):
        status = manager.disable("one")

    assert undone == ["c", "a"]
    assert status.state is PluginState.DISABLED
    assert status.failure is not None
    assert (status.failure.stage, status.failure.error) == ("teardown", "ZeroDivisionError: division by zero")
    assert [note.kind for note in status.notes] == ["teardown"]
    assert "the rest was undone" in caplog.text


@pytest.mark.parametrize(
    ("interface", "take", "stage", "message"),
    [
        (int, print, "menu", "cannot offer <class 'int'> to plugins: it is no interface; derive it from Interface"),
        (Interface, print, "menu", "it is no interface"),
        (IMenu, None, "menu", "cannot take IMenu with None: it is not callable; give a function of"),
        (IMenu, print, " ", "cannot offer IMenu with the stage ' '; use one word, such as 'menu'"),
    ],
)
def test_nonsense_is_not_offered(manage: MakeManager, interface: Any, take: Any, stage: str, message: str) -> None:
    manager = manage(bringing("one", "a"))

    with pytest.raises(ConfigurationError, match=message):
        manager.contributions.offer(interface, take=take, stage=stage)

    assert list(manager.contributions) == []


def test_code_of_plugins_runs_inside_what_surrounds_it(manage: MakeManager, menu: Menu) -> None:
    seen: list[str] = []

    @contextmanager
    def around(scope: PluginScope) -> Any:
        seen.append(f"{scope.owner} begins")
        yield
        seen.append(f"{scope.owner} is through")
        scope.callback(lambda: seen.append(f"{scope.owner} is undone"))

    manager = manage(bringing("one", "a", bootstrap=lambda: seen.append("bootstrap")))
    undo = manager.contributions.surround(around)
    manager.enable("one")
    undo()
    manager.disable("one")

    once = ["one begins", "one is through"]
    assert seen == [*once, "one begins", "bootstrap", "one is through", "one is undone", "one is undone"]


# -- a scope on its own -------------------------------------------------------------------------------------------


def test_a_scope_undoes_the_last_thing_first_and_each_once() -> None:
    undone: list[int] = []
    scope = PluginScope("one")
    for number in range(3):
        scope.callback(partial(undone.append, number))
    earlier = scope.callback(lambda: undone.append(3))

    earlier()
    scope.close()
    scope.close()

    assert undone == [3, 2, 1, 0]


def test_a_scope_leaves_what_was_entered() -> None:
    seen: list[str] = []

    @contextmanager
    def connection() -> Any:
        seen.append("open")
        yield "a connection"
        seen.append("closed")

    scope = PluginScope("one")
    assert scope.enter_context(connection()) == "a connection"
    scope.close()

    assert seen == ["open", "closed"]


def test_without_a_listener_what_raises_is_raised_once_all_is_undone() -> None:
    undone: list[str] = []
    scope = PluginScope("one")
    scope.callback(lambda: undone.append("first"))
    scope.callback(lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        scope.close()

    assert undone == ["first"]
