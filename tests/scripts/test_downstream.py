"""How the two sides of the libraries' own tests are compared."""

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from scripts.downstream import comparing, environment
from scripts.downstream.comparing import compare, differing, meant
from scripts.downstream.suites import SUITES


@pytest.mark.parametrize(
    ("stock", "ours", "differs"),
    [
        ("passed", "passed", False),
        ("failed", "failed", False),
        ("skipped", "skipped", False),
        ("passed", "failed", True),
        ("failed", "passed", True),
        ("passed", "skipped", True),
        ("passed", None, True),
        (None, "failed", True),
        ("failed", "skipped", False),
    ],
)
def test_a_test_differs_that_passes_on_one_side_or_fails_on_one_alone(
    stock: str | None, ours: str | None, differs: bool
) -> None:
    sides = [{"test": end} if end else {} for end in (stock, ours)]

    assert ("test" in differing(*sides)) is differs


def test_what_is_meant_is_named_and_the_rest_fails() -> None:
    stock = {"alike": "passed", "meant": "passed", "new": "passed"}
    ours = {"alike": "passed", "meant": "failed", "new": "failed"}

    comparison = compare(stock, ours, differing(stock, ours), {"meant": "better so"})

    assert comparison.alike == 1
    assert comparison.named == {"meant": "better so"}
    assert list(comparison.unnamed) == ["new"]
    assert comparison.failed == 1


def test_what_no_longer_differs_fails_too() -> None:
    both = {"test": "passed"}

    comparison = compare(both, both, differing(both, both), {"test": "better so"})

    assert comparison.gone == ("test",)
    assert comparison.failed == 1


def test_a_suite_in_which_nothing_passes_has_failed() -> None:
    assert compare({}, {}, {}, {}).failed == 1
    assert compare({"test": "failed"}, {"test": "failed"}, {}, {}).failed == 1


def test_every_difference_that_is_meant_has_a_suite_and_a_reason() -> None:
    listed = tomllib.loads(Path(comparing.__file__).with_name("differences.toml").read_text(encoding="utf-8"))

    assert set(listed) <= set(SUITES)
    assert all(len(reason) > 20 for name in SUITES for reason in meant(name).values())


def test_every_suite_has_a_facade_that_can_be_installed() -> None:
    assert all(callable(import_module(suite.facade).install) for suite in SUITES.values())


@pytest.mark.parametrize("distribution", [suite.distribution for suite in SUITES.values()])
def test_what_is_downloaded_is_of_one_version_and_checked(distribution: str) -> None:
    entry = environment.locked(distribution)

    assert entry.startswith(f"{distribution}==")
    assert "--hash=sha256:" in entry


def test_the_lock_names_no_index() -> None:
    assert "://" not in environment.LOCK.read_text(encoding="utf-8")
