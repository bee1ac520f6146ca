"""`portico signals`: what an application declares."""

from pathlib import Path

import pytest

from tests.cli.applications import read_json, run, write

OWN = """
from portico import Namespace, Portico
from portico.signals import Sensitive

shop = Namespace("shop")

@shop.signal
def order_placed(order: str, /, *, total: float, note: str = "", code: Sensitive[str] = "") -> None:
    '''Sent after an order was paid.

    Once for each order.
    '''

shop.signal("user_created")
order_placed.connect(lambda order, total, note, code: None, weak=False)
host = Portico()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, own=OWN)
    return tmp_path


def test_declared_signals_are_listed_with_what_they_are(folder: Path) -> None:
    lines = run(folder, "--app", "own", "signals", "list").stdout.splitlines()

    assert lines[0] == "Signal\tReceivers\tWhat it is"
    assert "shop:order_placed\t1\tSent after an order was paid." in lines
    assert any(line.startswith("core:user_created\t") for line in lines)
    assert not any(line.startswith("shop:user_created") for line in lines)


def test_all_of_them_are_listed_where_that_is_asked_for(folder: Path) -> None:
    listed = read_json(run(folder, "--app", "own", "signals", "list", "--all", "--json"))["signals"]

    assert {each["signal"]: each["declared"] for each in listed}["shop:user_created"] is False


def test_one_is_shown_with_what_is_promised(folder: Path) -> None:
    shown = run(folder, "--app", "own", "signals", "show", "order_placed")
    told = read_json(run(folder, "--app", "own", "signals", "show", "shop:order_placed", "--json"))

    assert shown.stdout.splitlines() == [
        "Signal\tshop:order_placed",
        "What it is\tSent after an order was paid.",
        "What it is\t",
        "What it is\tOnce for each order.",
        "Sender\tstr",
        "Payload\ttotal: float",
        "Payload\tnote: str",
        "Payload\tcode: Sensitive[str]",
        "Receivers\t1",
    ]
    assert told["fields"] == [
        {"name": "total", "type": "float", "sensitive": False},
        {"name": "note", "type": "str", "sensitive": False},
        {"name": "code", "type": "Sensitive[str]", "sensitive": True},
    ]


def test_a_name_that_two_have_is_not_enough_and_one_that_nobody_has_is_not_found(folder: Path) -> None:
    several = run(folder, "--app", "own", "signals", "show", "user_created")
    unknown = run(folder, "--app", "own", "signals", "show", "order_plcaed")

    assert (several.returncode, unknown.returncode) == (2, 3)
    assert "'user_created' is any of core:user_created, shop:user_created; write one of these" in several.stderr
    assert unknown.stderr == "Error: no signal is called 'order_plcaed'; did you mean 'shop:order_placed'?\n"
