import functools
import inspect
from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Any
from unittest.mock import MagicMock, Mock, create_autospec

import pytest

from portico.errors import ReceiverError
from portico.signals import Namespace, Signal, describe_receiver
from portico.signals.signatures import fit
from tests.signals.witness import Witness, returned

Payload = dict[str, Any]
Receiver = Callable[..., object]


@pytest.fixture(params=["undeclared", "declared", "tapped", "declared late", "isolating"])
def happened(request: pytest.FixtureRequest, namespace: Namespace) -> Callable[[Receiver], object]:
    """Sends a signal from "s" with instance=1, method=2 and returns what the one receiver returned."""
    policy = "isolate" if request.param == "isolating" else "raise"

    def declare() -> None:
        @namespace.signal(policy=policy)
        def saved(sender: str, /, *, instance: int, method: int) -> None: ...

    def send(receiver: Receiver) -> object:
        signal = namespace.signal("saved")
        if request.param in ("declared", "isolating"):
            declare()
        if request.param == "tapped":
            signal.tap(lambda _: None)
        signal.connect(receiver)
        if request.param == "declared late":
            declare()
        (value,) = returned(signal, "s", instance=1, method=2)
        return value

    return send


def standard(sender: object, **kwargs: object) -> object:
    return sender, kwargs


def positional_only(sender: object, /, **kwargs: object) -> object:
    return sender, kwargs


def positional_only_named_as_a_field(instance: object, /, **kwargs: object) -> object:
    return instance, kwargs


def named_otherwise(region: object, instance: object, method: object) -> object:
    return region, instance, method


def reordered(_: object, method: object, instance: object) -> object:
    return _, method, instance


def one_field(sender: object, method: object) -> object:
    return sender, method


def no_field(sender: object) -> object:
    return sender


def nothing() -> object:
    return "called"


def keyword_only(sender: object, *, instance: object) -> object:
    return sender, instance


def with_default(sender: object, other: object = "default") -> object:
    return sender, other


def cantemo(instance: object, method: object, **kwargs: object) -> object:
    return instance, method, kwargs


def cantemo_with_sender(instance: object, sender: object, **kwargs: object) -> object:
    return instance, sender, kwargs


def cantemo_exactly(instance: object, method: object) -> object:
    return instance, method


def only_keywords(**kwargs: object) -> object:
    return kwargs


def sender_by_keyword(*, sender: object, method: object) -> object:
    return sender, method


def star(*args: object, **kwargs: object) -> object:
    return args, kwargs


def star_alone(*args: object) -> object:
    return args


def sender_and_star(sender: object, *args: object, **kwargs: object) -> object:
    return sender, args, kwargs


def sender_optional(sender: object = None, **kwargs: object) -> object:
    return sender, kwargs


class Plugin:
    def method(self, sender: object, **kwargs: object) -> object:
        return sender, kwargs

    def cantemo(self, instance: object, method: object) -> object:
        return instance, method

    def only_keywords(self, **kwargs: object) -> object:
        return kwargs

    def star(*args: object, **kwargs: object) -> object:
        return args[1:], kwargs

    def positional_only(self, /, sender: object, **kwargs: object) -> object:
        return sender, kwargs

    @classmethod
    def of_class(cls, sender: object, *, method: object) -> object:
        return sender, method

    @staticmethod
    def static(sender: object, method: object) -> object:
        return sender, method


class CallObject:
    def __call__(self, sender: object, method: object) -> object:
        return sender, method


class Made:
    def __init__(self, sender: object, method: object) -> None:
        self.got = sender, method

    def __eq__(self, other: object) -> bool:
        return self.got == other

    __hash__ = None  # type: ignore[assignment]


def with_a_default_for_the_bound_parameter(
    bound: object = None, sender: object = 0, instance: object = 0, method: object = 0
) -> object:
    return bound, sender, instance, method


@functools.wraps(cantemo_exactly)
def wrapped(*args: object, **kwargs: object) -> object:
    return args, kwargs


def signed(*args: object, **kwargs: object) -> object:
    return args, kwargs


signed.__signature__ = inspect.signature(one_field)  # type: ignore[attr-defined]
BOTH = {"instance": 1, "method": 2}
plugin = Plugin()


@pytest.mark.parametrize(
    ("receiver", "got"),
    [
        (standard, ("s", BOTH)),
        (positional_only, ("s", BOTH)),
        (positional_only_named_as_a_field, ("s", BOTH)),
        (named_otherwise, ("s", 1, 2)),
        (reordered, ("s", 2, 1)),
        (one_field, ("s", 2)),
        (no_field, "s"),
        (nothing, "called"),
        (keyword_only, ("s", 1)),
        (with_default, ("s", "default")),
        (cantemo, (1, 2, {"sender": "s"})),
        (cantemo_with_sender, (1, "s", {"method": 2})),
        (cantemo_exactly, (1, 2)),
        (only_keywords, {"sender": "s", **BOTH}),
        (sender_by_keyword, ("s", 2)),
        (star, (("s",), BOTH)),
        (star_alone, ("s",)),
        (sender_and_star, ("s", (), BOTH)),
        (sender_optional, ("s", BOTH)),
        (plugin.method, ("s", BOTH)),
        (plugin.cantemo, (1, 2)),
        (plugin.only_keywords, {"sender": "s", **BOTH}),
        (plugin.star, (("s",), BOTH)),
        (MethodType(with_a_default_for_the_bound_parameter, 0), (0, "s", 1, 2)),
        (plugin.positional_only, ("s", BOTH)),
        (Plugin.of_class, ("s", 2)),
        (plugin.static, ("s", 2)),
        (CallObject(), ("s", 2)),
        (Made, ("s", 2)),
        (partial(one_field, method=5), ("s", 2)),
        (partial(named_otherwise, "bound"), ("bound", 1, 2)),
        (partial(standard, extra=3), ("s", {"extra": 3, **BOTH})),
        (partial(partial(one_field)), ("s", 2)),
        (wrapped, ((), BOTH)),
        (signed, (("s",), {"method": 2})),
        (lambda *_, **__: "lambda", "lambda"),
        (lambda s, **_: s, "s"),
    ],
)
def test_a_receiver_gets_what_its_signature_takes(
    happened: Callable[[Receiver], object], receiver: Receiver, got: object
) -> None:
    assert happened(receiver) == got


def test_a_mock_gets_the_sender_and_the_whole_payload(happened: Callable[[Receiver], object]) -> None:
    mock = Mock(return_value=7)

    assert happened(mock) == 7
    mock.assert_called_once_with("s", instance=1, method=2)


def test_a_magic_mock_gets_the_sender_and_the_whole_payload(happened: Callable[[Receiver], object]) -> None:
    mock = MagicMock(return_value=7)

    assert happened(mock) == 7
    mock.assert_called_once_with("s", instance=1, method=2)


def test_an_autospecced_mock_gets_what_its_original_takes(happened: Callable[[Receiver], object]) -> None:
    mock = create_autospec(one_field, return_value=7)

    assert happened(mock) == 7
    mock.assert_called_once_with("s", method=2)


def test_a_c_function_without_a_signature_gets_the_sender_and_the_whole_payload(signal: Signal[...]) -> None:
    signal.connect(dict)

    assert returned(signal, [("x", 1)], instance=1) == [{"x": 1, "instance": 1}]


@pytest.mark.parametrize(
    "receiver",
    [
        lambda sender, colour: None,
        lambda sender, *, colour: None,
        lambda sender, colour, **_: None,
        lambda sender, colour, /: None,
        lambda instance, colour: None,
        partial(lambda x, sender, colour: None, 1),
    ],
)
def test_a_receiver_that_requires_what_the_signal_does_not_offer_is_refused(
    order_placed: Signal[...], receiver: Receiver
) -> None:
    with pytest.raises(ReceiverError, match=r"requires .*colour.*; the signal offers order_id, total"):
        order_placed.connect(receiver)

    assert not order_placed.receivers


def test_the_refusal_names_receiver_and_signal(namespace: Namespace) -> None:
    @namespace.signal
    def stopped(sender: object, /) -> None: ...

    expected = (
        r"cannot connect .*test_receivers\.one_field to test_\d+:stopped: it requires method; .* offers no fields"
    )

    with pytest.raises(ReceiverError, match=expected):
        stopped.connect(one_field)  # type: ignore[arg-type]


def test_a_receiver_keeps_working_when_a_field_is_added(namespace: Namespace) -> None:
    @namespace.signal
    def first(sender: object, /, *, method: int) -> None: ...

    @namespace.signal
    def second(sender: object, /, *, method: int, added: int) -> None: ...

    untyped: list[Signal[...]] = [first, second]
    for signal in untyped:
        signal.connect(one_field)

    assert returned(untyped[0], "s", method=2) == returned(untyped[1], "s", method=2, added=3) == [("s", 2)]


def test_an_undeclared_signal_decides_for_each_shape_of_the_payload(signal: Signal[...]) -> None:
    signal.connect(cantemo)
    signal.connect(standard)

    assert returned(signal, "s", instance=1, method=2) == [(1, 2, {"sender": "s"}), ("s", BOTH)]
    assert returned(signal, "s", method=2, extra=3) == [("s", 2, {"extra": 3}), ("s", {"method": 2, "extra": 3})]


def test_a_receiver_of_an_undeclared_signal_that_misses_a_field_says_so_itself(signal: Signal[...]) -> None:
    signal.connect(one_field)

    with pytest.raises(TypeError, match=r"one_field\(\) missing 1 required positional argument: 'method'"):
        signal.send("s", instance=1)


def test_a_payload_that_contains_the_sender_goes_before_the_sender(signal: Signal[...]) -> None:
    signal.connect(standard)
    signal.connect(positional_only)
    signal.connect(only_keywords)

    assert returned(signal, "real", sender="field") == [
        ("field", {}),
        ("real", {"sender": "field"}),
        {"sender": "field"},
    ]


def test_many_shapes_of_payload_do_not_fill_the_memory(signal: Signal[...]) -> None:
    signal.connect(one_field)

    for i in range(3000):
        signal.send("s", **{f"name_{i}": 1, "method": 2})

    assert fit.cache_info().currsize <= 1024


@pytest.mark.parametrize(
    ("receiver", "name"),
    [
        (standard, f"{__name__}.standard"),
        (plugin.method, f"{__name__}.Plugin.method"),
        (Plugin, f"{__name__}.Plugin"),
        (CallObject(), f"{__name__}.CallObject"),
        (partial(partial(standard)), f"{__name__}.standard"),
        (Witness(), "tests.signals.witness.Witness"),
        (len, "builtins.len"),
        ([].append, "builtins.list.append"),
        (Mock(), "unittest.mock.Mock"),
    ],
)
def test_a_receiver_is_described_by_where_it_is_defined(receiver: object, name: str) -> None:
    assert describe_receiver(receiver) == name


def test_no_code_of_a_receiver_is_run_to_describe_it() -> None:
    class Hostile:
        def __call__(self, sender: object) -> None: ...

        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

        def __repr__(self) -> str:
            raise AssertionError

    assert describe_receiver(Hostile()).endswith(".Hostile")
