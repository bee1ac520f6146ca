"""A module that declares and connects, run again: reloaded, or as a cell of a notebook."""

import importlib
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from portico.signals import Namespace, Ownership, Signal
from tests.signals.witness import echo, returned

DECLARING = """
from portico.signals import Namespace

shop = Namespace({namespace!r})

@shop.signal
def placed(region: str, /) -> None:
    "Sent after an order is stored."

def connect_others():
    placed.connect(second)

@placed.connect
def first(region):
    return "first {version}"

def second(region):
    return "second {version}"

def third(region):
    return "third {version}"

{connecting}
"""
ALL = "connect_others()\nclass Body:\n    placed.connect(third, order=-1)"

_numbers = count()


class Module:
    """A module that is written, imported, and run again in another version."""

    def __init__(self, folder: Path, namespace: str) -> None:
        self.name = f"reloaded_{next(_numbers)}"
        self._file, self._namespace = folder / f"{self.name}.py", namespace

    def write(self, version: int, connecting: str = ALL) -> None:
        self._file.write_text(DECLARING.format(namespace=self._namespace, version=version, connecting=connecting))

    def load(self) -> ModuleType:
        importlib.invalidate_caches()
        known = sys.modules.get(self.name)
        return importlib.reload(known) if known else importlib.import_module(self.name)


@pytest.fixture
def module(tmp_path: Path, namespace: Namespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Module]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # Two versions within one second are two versions.
    module = Module(tmp_path, namespace.name)
    module.write(1)
    yield module
    sys.modules.pop(module.name, None)


def test_a_module_that_is_reloaded_declares_the_same_signal_and_is_heard_once(module: Module) -> None:
    placed: Signal[...] = module.load().placed
    before = returned(placed, "eu")
    module.write(2)
    again = module.load().placed

    assert again is placed
    assert before == ["third 1", "first 1", "second 1"]
    assert returned(placed, "eu") == ["third 2", "first 2", "second 2"]


def test_reloading_keeps_the_places_and_leaves_everybody_else_alone(module: Module, signal: Signal[...]) -> None:
    loaded = module.load()
    placed: Signal[...] = loaded.placed
    placed.connect(echo("other module"))
    connect_late(loaded)
    signal.connect(loaded.first)
    module.write(2)
    module.load()

    assert returned(placed, "eu") == ["third 2", "first 2", "second 2", "other module", "late"]
    assert returned(signal, "eu") == ["first 1"]


def test_a_receiver_that_is_gone_from_the_module_is_gone_and_comes_back_in_its_old_place(module: Module) -> None:
    module.write(1, "connect_others()")
    placed: Signal[...] = module.load().placed
    placed.connect(echo("other module"))
    module.write(2, "placed.connect(third)")
    module.load()
    without_second = returned(placed, "eu")
    module.write(3, "connect_others()")
    module.load()

    assert without_second == ["first 2", "other module", "third 2"]
    assert returned(placed, "eu") == ["first 3", "second 3", "other module"]


def test_a_receiver_that_is_connected_again_belongs_to_the_same_owner(module: Module) -> None:
    with Ownership("audit", rank=2) as owned:
        placed: Signal[...] = module.load().placed
    module.write(2)
    module.load()
    before = [(each.owner, each._rank, each.weak) for each in placed.subscriptions]

    owned.cancel()

    assert before == [("audit", 2, False)] * 3
    assert returned(placed, "eu") == []


def test_a_receiver_of_another_signature_is_called_by_its_own_when_it_is_connected_again(
    namespace: Namespace,
) -> None:
    names: dict[str, Any] = {"__name__": "cell", "shop": namespace}
    declaring = "@shop.signal\ndef placed(region: str, /, *, total: int) -> None: 'Sent.'\n@placed.connect\n"

    exec(declaring + "def hear(region, **payload): return payload", names)  # noqa: S102 - as a notebook does
    before = returned(names["placed"], "eu", total=3)
    exec(declaring + "def hear(total): return total", names)  # noqa: S102 - as above

    assert before == [{"total": 3}]
    assert returned(names["placed"], "eu", total=4) == [4]


def test_a_cell_that_is_run_many_times_leaves_nothing_behind(namespace: Namespace) -> None:
    names: dict[str, Any] = {"__name__": "cell", "shop": namespace}
    cell = "@shop.signal\ndef placed(region: str, /) -> None: 'Sent.'\n@placed.connect\ndef hear(region): return 1"
    for _ in range(5):
        exec(cell, names)  # noqa: S102 - as above

    assert returned(names["placed"], "eu") == [1]
    assert len(names["placed"].subscriptions) == 1
    assert sum(map(len, names["placed"]._registry.vacated.values())) == 0


def connect_late(loaded: ModuleType) -> None:
    """Have code of a loaded module connect when its body is over."""
    exec("def connect_late():\n    placed.connect(lambda region: 'late')", vars(loaded))  # noqa: S102 - its code
    loaded.connect_late()
