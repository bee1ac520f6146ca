import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from portico.errors import DeclarationError
from portico.signals import Namespace, Signal, namespaces


def test_the_same_name_is_the_same_namespace(namespace: Namespace) -> None:
    assert Namespace(namespace.name) is namespace


def test_the_same_name_is_the_same_signal(namespace: Namespace) -> None:
    assert namespace.signal("a") is namespace.signal("a")
    assert namespace.signal("a") is not namespace.signal("b")


def test_the_same_name_in_two_namespaces_is_two_signals(namespace: Namespace) -> None:
    other = Namespace(f"{namespace.name}.other")

    assert namespace.signal("a") is not other.signal("a")


@pytest.mark.parametrize("name", ["ap_main:collect_config_sections", "", "ümlaut", "class", "with space", "%s {0}"])
def test_any_string_is_a_name(namespace: Namespace, name: str) -> None:
    signal = namespace.signal(name)

    assert signal.name == name
    assert signal.send() == []


def test_declaring_fills_in_the_signal_that_a_subscriber_asked_for_before(namespace: Namespace) -> None:
    asked_for = namespace.signal("order_placed")

    @namespace.signal
    def order_placed(sender: str, /, *, order_id: str) -> None: ...

    assert order_placed is asked_for
    assert namespace.signal("order_placed") is asked_for


def test_a_declared_signal_can_have_another_name_than_its_stub(namespace: Namespace) -> None:
    @namespace.signal(name="shop:order-placed")
    def order_placed(sender: str, /) -> None: ...

    assert order_placed is namespace.get("shop:order-placed")
    assert "order_placed" not in namespace


def test_two_threads_that_ask_at_once_get_one_signal(namespace: Namespace) -> None:
    threads = 8
    start = Barrier(threads)

    def ask() -> list[Signal[...]]:
        start.wait()
        return [namespace.signal(str(i)) for i in range(200)]

    with ThreadPoolExecutor(threads) as pool:
        answers = [future.result() for future in [pool.submit(ask) for _ in range(threads)]]

    assert all(signals == answers[0] for signals in answers)


def test_two_threads_that_ask_at_once_get_one_namespace(namespace: Namespace) -> None:
    threads = 8
    start = Barrier(threads)

    def ask() -> list[Namespace]:
        start.wait()
        return [Namespace(f"{namespace.name}.{i}") for i in range(200)]

    with ThreadPoolExecutor(threads) as pool:
        answers = [future.result() for future in [pool.submit(ask) for _ in range(threads)]]

    assert all(found == answers[0] for found in answers)


def test_signals_are_enumerated_in_the_order_of_asking(namespace: Namespace) -> None:
    b, a = namespace.signal("b"), namespace.signal("a")

    assert list(namespace) == [b, a]
    assert len(namespace) == 2
    assert "a" in namespace
    assert "c" not in namespace


def test_looking_a_signal_up_does_not_create_it(namespace: Namespace) -> None:
    assert namespace.get("a") is None
    assert len(namespace) == 0


def test_an_empty_namespace_is_true(namespace: Namespace) -> None:
    assert namespace


def test_namespaces_are_enumerated(namespace: Namespace) -> None:
    later = Namespace(f"{namespace.name}.later")

    assert namespaces()[-2:] == (namespace, later)


def test_a_copied_or_pickled_namespace_is_the_same_one(namespace: Namespace) -> None:
    assert copy.deepcopy(namespace) is namespace
    assert pickle.loads(pickle.dumps(namespace)) is namespace  # noqa: S301 - made one expression ago


def test_the_doc_is_taken_by_position_and_by_keyword(namespace: Namespace) -> None:
    assert namespace.signal("a", "by position").doc == "by position"
    assert namespace.signal("b", doc="by keyword").doc == "by keyword"


def test_the_doc_of_an_owner_counts_though_a_subscriber_asked_without_one(namespace: Namespace) -> None:
    namespace.signal("a")

    assert namespace.signal("a", "the owner's").doc == "the owner's"
    assert namespace.signal("a", "a later one").doc == "the owner's"


def test_the_declaration_has_the_last_word_on_the_doc(namespace: Namespace) -> None:
    namespace.signal("a", "a guess")

    @namespace.signal
    def a(sender: object, /) -> None:
        """The truth."""

    assert a.doc == "The truth."


def test_promises_about_a_signal_that_is_got_by_name_are_refused(namespace: Namespace) -> None:
    with pytest.raises(DeclarationError, match=r"cannot take policy for test_\d+:a"):
        namespace.signal("a", policy="isolate")  # type: ignore[call-overload]


def test_a_refused_declaration_leaves_no_signal_behind(namespace: Namespace) -> None:
    with pytest.raises(DeclarationError):
        namespace.signal(42)  # type: ignore[call-overload]
    with pytest.raises(DeclarationError):
        namespace.signal(lambda: None)

    assert list(namespace) == []


def test_a_signal_is_labelled_with_its_namespace(namespace: Namespace) -> None:
    assert namespace.signal("a").label == f"{namespace.name}:a"
    assert Signal("alone").label == "alone"
    assert Signal().label.startswith("signal at 0x")
    assert repr(namespace.signal("a")) == f"<Signal {namespace.name}:a>"
    assert repr(namespace) == f"<Namespace {namespace.name!r}: 1 signals>"


def test_a_signal_of_a_namespace_is_found_by_its_name(namespace: Namespace) -> None:
    signal = namespace.signal("a")

    assert namespace["a"] is signal
    assert "a" in namespace
    assert signal in namespace
    assert list(namespace) == [signal]


def test_a_name_that_nobody_has_asked_for_is_a_key_error_and_makes_no_signal(namespace: Namespace) -> None:
    namespace.signal("a")
    other = Namespace(f"{namespace.name}.other").signal("a")

    with pytest.raises(KeyError, match=r"no signal 'b' in test_\d+; it has \(a\)"):
        namespace["b"]

    assert "b" not in namespace
    assert other not in namespace
    assert len(namespace) == 1


def pickled(what: Any, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(what, protocol))  # noqa: S301 - our own


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy of what holds it": lambda signal: copy.deepcopy({"on": signal})["on"],
    "the first pickle": partial(pickled, protocol=0),
    "the latest pickle": partial(pickled, protocol=pickle.HIGHEST_PROTOCOL),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_signal_of_a_namespace_stays_itself_when_it_is_copied_or_pickled(
    way: str, signal: Signal[...], order_placed: Signal[...]
) -> None:
    assert COPIES[way](signal) is signal
    assert COPIES[way](order_placed) is order_placed


def test_a_pickled_signal_is_found_by_its_name_in_a_process_that_has_not_asked_for_it_yet() -> None:
    pickled = pickle.dumps(Namespace("pickled").signal("a"))
    program = f"import pickle; print(pickle.loads({pickled!r}).label)"

    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert finished.stdout == "pickled:a\n"


def test_a_signal_without_a_namespace_stays_itself_when_it_is_copied_and_cannot_be_pickled() -> None:
    signal = Signal[...]("alone")

    assert copy.copy(signal) is signal
    assert copy.deepcopy({"on": signal})["on"] is signal
    with pytest.raises(TypeError, match="cannot pickle alone: no namespace has it"):
        pickle.dumps(signal)
