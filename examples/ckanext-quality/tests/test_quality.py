from collections.abc import Iterator
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import pytest
from ckanext.quality.score import missing_fields

DATASET = {
    "id": "d1",
    "title": "Trees",
    "notes": "  ",
    "license_id": "cc-by",
    "tags": [{"name": "green"}],
    "resources": [],
}

Scores = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def scores() -> Iterator[Scores]:
    """What another extension hears."""
    heard: Scores = []

    def note(sender: str, **payload: Any) -> None:
        heard.append((sender, payload))

    signal = tk.signals.ckanext.signal("quality:scored")
    with signal.connected_to(note):
        yield heard


def act(action_name: str, result: Any) -> None:
    """What CKAN does when an action has succeeded."""
    tk.signals.action_succeeded.send(action_name, context={"user": "jane"}, data_dict={}, result=result)


def test_a_dataset_that_is_stored_is_scored(scores: Scores) -> None:
    with p.use_plugin("quality"):
        act("package_create", DATASET)

    assert scores == [("dataset", {"id": "d1", "score": 0.6, "missing": ["notes", "resources"]})]


def test_a_profile_is_complete_with_either_spelling_of_the_name(scores: Scores) -> None:
    with p.use_plugin("quality"):
        act("user_create", {"id": "u1", "fullname": "Jane", "email": "jane@example.org"})
        act("user_update", {"id": 2, "full_name": "John", "email": None})

    assert scores == [
        ("user", {"id": "u1", "score": 1.0, "missing": []}),
        ("user", {"id": 2, "score": 0.5, "missing": ["email"]}),
    ]


def test_an_import_by_another_extension_is_scored(scores: Scores) -> None:
    with p.use_plugin("quality"):
        tk.signals.ckanext.signal("harvest:imported").send("source-1", package=DATASET, job="j1")

    assert [(kind, payload["id"]) for kind, payload in scores] == [("dataset", "d1")]


@pytest.mark.parametrize("action_name", ["package_show", "package_delete", "user_list"])
def test_other_actions_are_not_heard(scores: Scores, action_name: str) -> None:
    with p.use_plugin("quality"):
        act(action_name, DATASET)

    assert scores == []


def test_a_result_that_is_only_an_id_is_left_alone(scores: Scores) -> None:
    with p.use_plugin("quality"):
        act("package_create", "d1")

    assert scores == []


def test_nothing_is_heard_after_it_was_unloaded(scores: Scores) -> None:
    with p.use_plugin("quality"):
        pass

    act("package_create", DATASET)

    assert scores == []


def test_the_fields_are_a_setting(scores: Scores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tk.config, "ckanext.quality.dataset_fields", "title maintainer|author")

    with p.use_plugin("quality"):
        act("package_update", DATASET)

    assert [payload["missing"] for _, payload in scores] == [["maintainer|author"]]


def test_blanks_are_nothing_and_numbers_are_something() -> None:
    assert missing_fields({"a": " ", "b": 1, "c": []}, ["a", "b", "c", "a|b"]) == ["a", "c"]
