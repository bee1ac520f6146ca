"""Namespaces and names, on blinker and on its façade."""

import pickle
from typing import Any


def test_a_namespace_makes_each_signal_once(blinker: Any) -> None:
    namespace = blinker.Namespace()

    signal = namespace.signal("started", "Sent at the start.")

    assert namespace.signal("started") is signal
    assert namespace["started"] is signal
    assert namespace == {"started": signal}
    assert isinstance(namespace, dict)
    assert isinstance(signal, blinker.NamedSignal)
    assert isinstance(signal, blinker.Signal)
    assert signal.name == "started"
    assert signal.__doc__ == "Sent at the start."
    assert repr(signal).endswith("; 'started'>")


def test_namespaces_share_nothing(blinker: Any) -> None:
    one, other = blinker.Namespace(), blinker.Namespace()

    assert one.signal("started") is not other.signal("started")


def test_signal_makes_signals_of_the_default_namespace(blinker: Any) -> None:
    signal = blinker.signal("of a test")

    assert signal is blinker.signal("of a test")
    assert blinker.default_namespace.pop("of a test") is signal


def test_a_signal_without_documentation_has_that_of_its_class(blinker: Any) -> None:
    assert blinker.Signal().__doc__ == blinker.Signal.__doc__
    assert blinker.Signal("Sent.").__doc__ == "Sent."


def test_any_survives_pickling(blinker: Any) -> None:
    assert pickle.loads(pickle.dumps(blinker.ANY)) is blinker.ANY  # noqa: S301 - our own


def test_everything_is_in_the_module_base_too(blinker: Any) -> None:
    from importlib import import_module

    base = import_module(f"{blinker.__name__}.base")

    assert all(getattr(base, name) is getattr(blinker, name) for name in blinker.__all__ if name != "install")
    assert set(blinker.__all__) - {"install"} == {
        "ANY",
        "NamedSignal",
        "Namespace",
        "Signal",
        "default_namespace",
        "signal",
    }
