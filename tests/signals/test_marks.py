from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Optional

import pytest

from portico.signals import (
    MASK,
    Declaration,
    Mutable,
    Namespace,
    SendReport,
    Sensitive,
    Signal,
    sensitive_attributes,
    spelt_annotation,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "correct horse battery"
Hidden = Sensitive[str]


def declared(namespace: Namespace, hint: Any, *others: Any) -> Declaration:
    """Return the declaration of a signal with a field so annotated, and others."""

    def changed(sender: Any, /, *, password: Any, other: Any = None) -> None: ...

    changed.__annotations__ |= {"password": hint} | ({"other": others[0]} if others else {})
    declaration = namespace.signal(changed).declaration
    assert declaration is not None
    return declaration


@pytest.fixture
def password_set(namespace: Namespace) -> Signal[...]:
    def password_set(user: str, /, *, password: Sensitive[str], old: Sensitive[str] | None = None, site: str) -> None:
        """Sent when a password was set."""

    return namespace.signal(password_set)


@pytest.mark.parametrize(
    "hint",
    [
        Sensitive[str],
        Hidden,
        Sensitive[str] | None,
        Optional[Sensitive[str]],  # noqa: UP045 - people write it
        Annotated[Sensitive[str], "at least ten characters"],
        Mutable[Sensitive[dict[str, str]]],
        Sensitive[Mutable[dict[str, str]]],
        dict[str, Sensitive[str]],
        list[tuple[Sensitive[str], int]],
        list["Sensitive[str]"],
        "Sensitive[str]",
        "Hidden",
        "dict[str, Hidden]",
        "Sensitive[OnlyForTypeCheckers]",
        "signals.Sensitive[str] | None",
        "dict[Unknown, signals . Sensitive [str]]",
    ],
)
def test_a_field_is_sensitive_however_that_is_written(namespace: Namespace, hint: Any) -> None:
    declaration = declared(namespace, hint)

    assert declaration.sensitive_fields == {"password"}
    assert declaration.masked({"password": SECRET, "other": 1}) == {"password": MASK, "other": 1}


@pytest.mark.parametrize(
    "hint", [str, "str", "Unknown", "Unknown[Sensitive]", None, Mutable[str], "Callable[[int], str]"]
)
def test_every_other_field_is_not(namespace: Namespace, hint: Any) -> None:
    assert declared(namespace, hint).sensitive_fields == frozenset()


def test_an_annotation_that_cannot_be_evaluated_hides_nothing_of_the_others(namespace: Namespace) -> None:
    declaration = declared(namespace, "Hidden", "OnlyForTypeCheckers")

    assert declaration.sensitive_fields == {"password"}


@pytest.mark.parametrize(
    "hint", ["Mutable[Unknown]", "a.b.Mutable[x]", "Sensitive[Mutable[Unknown]]", Sensitive[Mutable[str]]]
)
def test_what_may_be_changed_is_told_beside_what_is_sensitive(namespace: Namespace, hint: Any) -> None:
    assert declared(namespace, hint).mutable_fields == {"password"}


def test_a_word_in_another_type_is_no_mark(namespace: Namespace) -> None:
    assert declared(namespace, "Unknown[Mutable]").mutable_fields == frozenset()


def test_receivers_get_the_value_and_whoever_shows_the_send_a_mask(password_set: Signal[...]) -> None:
    heard: list[dict[str, Any]] = []
    reports: list[SendReport] = []
    password_set.tap(reports.append)
    password_set.connect(lambda user, **payload: heard.append(payload), weak=False)

    password_set.send("nora", password=SECRET, site="portal")

    (report,) = reports
    assert heard == [{"password": SECRET, "old": None, "site": "portal"}]
    assert report.payload["password"] == SECRET
    assert report.masked_payload == {"password": MASK, "old": None, "site": "portal"}
    assert SECRET not in repr(report)
    assert "'site': 'portal'" in repr(report)
    assert report.masked_sender == "nora"


def test_a_payload_of_a_signal_that_nobody_declared_is_shown_as_it_is(namespace: Namespace) -> None:
    reports: list[SendReport] = []
    signal = namespace.signal("undeclared")
    signal.tap(reports.append)

    signal.send("nora", password="x")

    assert reports[0].masked_payload == {"password": "x"}
    assert reports[0].masked_payload is not reports[0].payload


def test_a_sender_can_be_sensitive_too(namespace: Namespace) -> None:
    @namespace.signal
    def key_used(key: Sensitive[str], /, *, address: str) -> None:
        """Sent when a key was used."""

    reports: list[SendReport] = []
    key_used.tap(reports.append)

    key_used.send(SECRET, address="127.0.0.1")

    assert reports[0].sender == SECRET
    assert reports[0].masked_sender == MASK
    assert SECRET not in repr(reports[0])


def test_fields_that_are_declared_by_name_can_be_sensitive(namespace: Namespace) -> None:
    signal = namespace.declare("a", {"password": Sensitive[str], "token": "Sensitive[str]", "other": str})

    assert signal.declaration is not None
    assert signal.declaration.sensitive_fields == {"password", "token"}


def test_the_attributes_of_a_class_can_be_sensitive_and_are_inherited_unless_annotated_anew() -> None:
    @dataclass
    class Credentials:
        name: str
        password: Sensitive[str]
        pin: "Hidden"

    class Shown(Credentials):
        pin: str
        token: Sensitive[str] | None = None

    assert sensitive_attributes(Credentials) == {"password", "pin"}
    assert sensitive_attributes(Shown) == {"password", "token"}
    assert sensitive_attributes(int) == frozenset()


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (str, "str"),
        ("Sensitive[str]", "Sensitive[str]"),
        (dict[str, int], "dict[str, int]"),
        (Sensitive[str], "Sensitive[str]"),
        (Mutable[dict[str, int]], "Mutable[dict[str, int]]"),
    ],
)
def test_annotations_are_shown_as_they_are_written(annotation: object, text: str) -> None:
    assert spelt_annotation(annotation) == text


def test_for_type_checkers_a_sensitive_text_is_a_text() -> None:
    def length(password: Sensitive[str]) -> int:
        return len(password)

    measure: Callable[[str], int] = length
    assert measure("four") == 4
