import copy
import pickle
from itertools import count

import pytest

from portico.errors import PluginError, ReceiverError, SignalError, ValidationError
from portico.plugins import Plugin, PluginManager, candidate_from_class
from portico.signals import Namespace, Ownership, Signal

_numbers = count()


@pytest.fixture
def placed() -> Signal[...]:
    def placed(region: str, /, *, order_id: str) -> None: ...

    return Namespace(f"errors-{next(_numbers)}").signal(placed)


def misfit(region: str, colour: str) -> None: ...


def test_a_refused_receiver_is_told_with_its_signal_and_its_plugin(placed: Signal[...]) -> None:
    with Ownership("books"), pytest.raises(ReceiverError) as caught:
        placed.connect(misfit)

    error = caught.value
    assert (error.signal, error.receiver, error.plugin, error.stage) == (placed, misfit, "books", None)


def test_what_is_not_callable_is_told_with_its_signal(placed: Signal[...]) -> None:
    with pytest.raises(ReceiverError) as caught:
        placed.connect(3)  # type: ignore[call-overload]

    assert (caught.value.signal, caught.value.receiver, caught.value.plugin) == (placed, None, None)


def test_an_unknown_policy_is_told_with_its_signal(placed: Signal[...]) -> None:
    with pytest.raises(SignalError) as caught:
        placed.override_policy("ignore")

    assert caught.value.signal is placed


def test_a_plugin_that_fails_is_told_with_its_name_and_the_stage() -> None:
    class Broken(Plugin):
        name = "broken"
        requires: tuple[str, ...] = ("absent",)

    manager = PluginManager([candidate_from_class(Broken)])

    with pytest.raises(PluginError) as broken:
        manager.enable("broken")
    with pytest.raises(PluginError) as unknown:
        manager.enable("absent")
    manager.close()

    assert (broken.value.plugin, broken.value.stage) == ("broken", "requirements")
    assert (unknown.value.plugin, unknown.value.stage) == ("absent", None)


def test_what_was_said_first_of_an_error_stays() -> None:
    error = PluginError("no").about(plugin="inner").about(plugin="outer", stage="mapping")

    assert (error.plugin, error.stage) == ("inner", "mapping")


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301 - our own
def test_an_error_leaves_its_process_without_what_cannot(placed: Signal[...], again: object) -> None:
    error = PluginError("no").about(signal=placed, receiver=lambda _: None, plugin="books", stage="mapping")
    error.add_note("noted")

    copied = again(error)  # type: ignore[operator]

    assert (type(copied), str(copied), copied.__notes__) == (PluginError, "no", ["noted"])
    assert (copied.signal, copied.receiver, copied.plugin, copied.stage) == (None, None, "books", "mapping")


def test_an_error_that_is_made_of_something_else_than_its_message_can_be_pickled_too() -> None:
    error = ValidationError({"name": "is taken"})

    copied = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert (str(copied), copied.error_dict) == (str(error), error.error_dict)
