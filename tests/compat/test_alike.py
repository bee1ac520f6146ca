"""Whatever is done to a library and to its façade, both call the same receivers as often."""

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

ANYBODY = "anybody"


def one(**named: Any) -> str:
    return "one"


class Thing:
    """A sender, and the owner of a receiver."""

    def hear(self, **named: Any) -> str:
        return "thing"

    def hear_positional(self, sender: Any, **named: Any) -> str:
        return "thing"


def positional(function: Callable[..., str]) -> Callable[..., str]:
    """Return the function as blinker calls receivers: with the sender by position."""

    def receiver(sender: Any, **named: Any) -> str:
        return function(**named)

    return receiver


THING = Thing()
RECEIVERS = [one, THING.hear]
POSITIONAL = [positional(one), THING.hear_positional]
SENDERS = [ANYBODY, THING, "text"]

steps = st.lists(
    st.tuples(
        st.sampled_from(["connect", "connect strongly", "disconnect", "send"]),
        st.integers(0, len(RECEIVERS) - 1),
        st.integers(0, len(SENDERS) - 1),
    ),
    min_size=5,
    max_size=40,
)


def on_blinker(library: str) -> Callable[[str, int, Any], Any]:
    module = import_module(library)
    signal = module.Signal()

    def do(what: str, receiver: int, sender: Any) -> Any:
        whom = module.ANY if sender is ANYBODY else sender
        if what == "disconnect":
            return signal.disconnect(POSITIONAL[receiver], whom)
        if what == "send":
            return Counter(value for _, value in signal.send(whom))
        return signal.connect(POSITIONAL[receiver], whom, weak=what == "connect") is POSITIONAL[receiver]

    return do


def on_django(library: str) -> Callable[[str, int, Any], Any]:
    signal = import_module(library).Signal()

    def do(what: str, receiver: int, sender: Any) -> Any:
        whom = None if sender is ANYBODY else sender
        if what == "disconnect":
            return signal.disconnect(RECEIVERS[receiver], whom)
        if what == "send":
            return [value for _, value in signal.send(whom)], signal.has_listeners(whom)
        return signal.connect(RECEIVERS[receiver], whom, weak=what == "connect")

    return do


def on_pydispatcher(library: str) -> Callable[[str, int, Any], Any]:
    dispatcher: Any = import_module(f"{library}.dispatcher")
    signal = object()

    def do(what: str, receiver: int, sender: Any) -> Any:
        whom = dispatcher.Any if sender is ANYBODY else sender
        if what == "disconnect":
            try:
                return dispatcher.disconnect(RECEIVERS[receiver], signal, whom)
            except KeyError:
                return "nobody"
        if what == "send":
            exact = Counter(value for _, value in dispatcher.sendExact(signal, whom))
            return Counter(value for _, value in dispatcher.send(signal, whom)), exact
        # Connected both ways, they differ: see the differences.
        return dispatcher.connect(RECEIVERS[receiver], signal, whom)

    return do


@pytest.mark.parametrize(
    ("make", "theirs", "ours"),
    [
        (on_blinker, "blinker", "portico.compat.blinker"),
        (on_django, "django.dispatch", "portico.compat.django_dispatch"),
        (on_pydispatcher, "pydispatch", "portico.compat.pydispatcher"),
    ],
    ids=["blinker", "django", "pydispatcher"],
)
@given(steps=steps)
def test_both_do_the_same(make: Any, theirs: str, ours: str, steps: list[tuple[str, int, int]]) -> None:
    on_theirs, on_ours = make(theirs), make(ours)

    for what, receiver, sender in steps:
        expected = on_theirs(what, receiver, SENDERS[sender])
        assert on_ours(what, receiver, SENDERS[sender]) == expected
