"""Tests Django's own signals as keys of a plugin's mapping."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db.models.signals import ModelSignal, post_save, pre_delete
from django.dispatch import Signal
from django.test import Client
from django.test.utils import override_settings

from portico import ISignal, Plugin, Portico, implements
from portico.plugins import PluginState
from tests.adapters.django_project.models import Book

Enable = Callable[[Any], str]


@pytest.fixture
def enable(host: Portico) -> Enable:
    """Enable a plugin with a mapping, and return its name."""

    def start(wanted: Any) -> str:
        class Subscribing(Plugin):
            implements(ISignal)

            def get_signal_subscriptions(self) -> Any:
                return wanted

        host.know(Subscribing)
        host.plugins.enable("Subscribing")
        return "Subscribing"

    return start


def connected(signal: Any) -> int:
    return len(signal.receivers)


@pytest.fixture(params=[post_save, pre_delete, request_finished, Signal(), ModelSignal(use_caching=True)])
def signal(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_off_leaves_what_was_there_before_and_on_again_connects_again(
    host: Portico, enable: Enable, signal: Any
) -> None:
    before = list(signal.receivers)
    name = enable({signal: [lambda sender, **_: None, {"receiver": lambda **_: None, "sender": Book}]})

    for _ in range(2):
        assert connected(signal) == len(before) + 2
        host.plugins.disable(name)
        assert signal.receivers == before
        host.plugins.enable(name)
    host.plugins.quarantine(name)

    assert signal.receivers == before


def test_what_the_project_connected_itself_stays_also_the_very_same_receiver(host: Portico, enable: Enable) -> None:
    heard: list[str] = []

    def receive(sender: Any, instance: Any, **_: Any) -> None:
        heard.append(instance.title)

    post_save.connect(receive, sender=Book)
    post_save.connect(receive, sender=Book, dispatch_uid="mine")
    try:
        name = enable({post_save: [{"receiver": receive, "sender": Book}]})
        Book.objects.create(title="Emma")
        assert heard == ["Emma"] * 3
        host.plugins.disable(name)
        Book.objects.create(title="Persuasion")
        assert heard == ["Emma"] * 3 + ["Persuasion"] * 2
    finally:
        assert post_save.disconnect(receive, sender=Book)
        assert post_save.disconnect(sender=Book, dispatch_uid="mine")


def test_only_the_sender_that_was_asked_for_is_heard_also_where_it_is_named(host: Portico, enable: Enable) -> None:
    from django.contrib.auth.models import Group

    heard: list[Any] = []
    name = enable(
        {
            post_save: [
                {"receiver": lambda sender, **_: heard.append(("class", sender)), "sender": Book},
                {"receiver": lambda sender, **_: heard.append(("name", sender)), "sender": "django_project.Book"},
            ]
        }
    )

    Book.objects.create(title="Emma")
    Group.objects.create(name="readers")
    host.plugins.disable(name)
    Book.objects.create(title="Persuasion")

    assert heard == [("class", Book), ("name", Book)]


def test_with_debug_on_a_receiver_need_not_take_everything_that_django_sends(host: Portico, enable: Enable) -> None:
    heard: list[Any] = []

    with override_settings(DEBUG=True):
        enable({post_save: [lambda signal, sender, instance, **_: heard.append(instance.title)]})
        Book.objects.create(title="Emma")

    assert heard == ["Emma"]


def test_a_coroutine_function_is_awaited_as_django_awaits_them(host: Portico, enable: Enable) -> None:
    signal, heard = Signal(), []

    async def receive(sender: Any, **_: Any) -> str:
        await asyncio.sleep(0)
        heard.append(sender)
        return "done"

    name = enable({signal: [receive]})
    assert [value for _, value in signal.send("one")] == ["done"]
    assert [value for _, value in asyncio.run(signal.asend("two"))] == ["done"]
    host.plugins.disable(name)
    signal.send("three")

    assert heard == ["one", "two"]


def test_a_coroutine_function_that_fails_is_noted_with_its_plugin(host: Portico, enable: Enable) -> None:
    signal = Signal()

    async def fail(sender: Any, **_: Any) -> None:
        raise LookupError("not there")

    name = enable({signal: [fail]})
    signal.send_robust("one")

    failure = host.plugins.get(name).failure
    assert failure is not None
    assert failure.error == "LookupError: not there"


def test_a_failure_on_probation_quarantines_the_plugin_and_its_hook_is_gone(host: Portico, enable: Enable) -> None:
    signal = Signal()
    name = enable({signal: [lambda sender, **_: 1 / 0]})
    host.plugins.quarantine(name)
    host.plugins.enable(name)

    signal.send_robust("one")
    Client().get("/")

    assert host.plugins.get(name).state is PluginState.QUARANTINED
    assert signal.receivers == []


def test_listings_name_the_signals_as_django_does(host: Portico, enable: Enable) -> None:
    name = enable({each: [lambda **_: None] for each in (post_save, request_finished, Signal())})

    labels = [each.signal for each in host.plugins.get(name).subscriptions]

    assert labels == ["django:post_save", "django:request_finished", "django:Signal"]
