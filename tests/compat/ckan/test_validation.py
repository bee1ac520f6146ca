"""Schemas and the validators that CKAN has by name."""

from datetime import datetime
from typing import Any

import pytest

from portico.compat.ckan.errors import Invalid
from portico.compat.ckan.helpers import get_validator
from portico.compat.ckan.validation import DataError, missing, navl_validate
from portico.compat.ckan.validators import VALIDATORS
from tests.compat.ckan.extensions import Extensions

v = VALIDATORS


def value_of(given: object, *validators: Any) -> Any:
    """Return what becomes of the value of a field."""
    data, errors = navl_validate({"field": given}, {"field": list(validators)})
    assert errors == {}
    return data.get("field", "dropped")


def message_for(given: object, *validators: Any) -> str:
    """Return the one message about the value of a field."""
    _, errors = navl_validate({"field": given}, {"field": list(validators)})
    (message,) = errors["field"]
    return str(message)


def test_validators_of_one_two_and_four_parameters_are_each_called_their_way() -> None:
    def four(key: Any, data: Any, errors: Any, context: Any) -> None:
        data[key] += f" {key} {context['who']} {context['schema_keys']}"

    schema = {"a": [lambda value: value.strip(), lambda value, context: value + context["who"], four]}

    data, errors = navl_validate({"a": " x "}, schema, {"who": "me"})

    assert data == {"a": "xme ('a',) me ['a']"}
    assert errors == {}


def test_a_validator_of_three_parameters_is_refused_by_name() -> None:
    def three(a: Any, b: Any, c: Any) -> None: ...

    with pytest.raises(TypeError, match=r"cannot use three as a validator: it takes 3 positional parameters"):
        navl_validate({"a": 1}, {"a": [three]})


def test_every_message_is_kept_until_a_validator_stops_the_rest() -> None:
    def refuse(_: Any) -> None:
        raise Invalid("no")

    schema = {"a": [refuse, refuse, v["not_empty"], refuse], "b": [v["ignore_missing"], refuse]}

    data, errors = navl_validate({"a": "x"}, schema)

    assert errors == {"a": ["no", "no", "no"]}
    assert navl_validate({"a": ""}, schema)[1] == {"a": ["no", "no", "Missing value"]}
    assert "b" not in data


def test_lists_of_dicts_are_validated_item_by_item_and_messages_keep_their_place() -> None:
    schema = {"resources": {"url": [v["not_empty"]], "size": [v["ignore_missing"], v["int_validator"]]}}
    given = {"resources": [{"url": "a", "size": "3"}, {"size": "x"}, {"url": "c"}], "tags": []}

    data, errors = navl_validate(given, schema)

    assert data["resources"][0] == {"url": "a", "size": 3}
    assert data["resources"][2] == {"url": "c"}
    assert errors == {"resources": [{}, {"size": ["Invalid integer"], "url": ["Missing value"]}]}
    assert given["resources"][0] == {"url": "a", "size": "3"}, "the data of the caller is left alone"


def test_an_empty_list_stays_one_and_another_shape_is_refused() -> None:
    schema = {"resources": {"url": [v["not_empty"]]}}

    assert navl_validate({"resources": []}, schema) == ({"resources": []}, {})
    assert navl_validate({}, schema) == ({}, {})
    with pytest.raises(DataError, match=r"cannot take 'str' for resources; give a list of dicts"):
        navl_validate({"resources": "x"}, schema)


def test_what_the_schema_does_not_name_is_gathered_and_can_be_refused_or_kept() -> None:
    given = {"a": "1", "more": "2", "others": [{"x": 1}]}
    plain = {"a": [v["not_empty"]]}

    data, errors = navl_validate(given, plain)
    kept, _ = navl_validate(given, {**plain, "__extras": [v["keep_extras"]], "__junk": [v["ignore"]]})
    _, refused = navl_validate(given, {**plain, "__extras": [v["empty"]]})

    assert data == {"a": "1", "__extras": {"more": "2"}, "__junk": {("others",): [{"x": 1}]}}
    assert errors == {}
    assert kept == {"a": "1", "more": "2"}
    assert refused == {"__extras": ["The input field more was not expected."]}


def test_the_moments_come_in_their_order() -> None:
    order: list[str] = []

    def note(moment: str) -> Any:
        return lambda key, data, errors, context: order.append(moment)

    schema = {
        "__after": [note("after")],
        "b": [note("b")],
        "__extras": [note("extras")],
        "a": [note("a")],
        "__junk": [note("junk")],
        "__before": [note("before")],
    }

    navl_validate({"more": 1}, schema)

    assert order == ["before", "a", "b", "extras", "after", "junk"]


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("boolean_validator", "Yes", True),
        ("boolean_validator", "nonsense", False),
        ("boolean_validator", None, False),
        ("boolean_validator", 1, True),
        ("convert_int", "7", 7),
        ("int_validator", " 7 ", 7),
        ("int_validator", "  ", None),
        ("int_validator", 7.0, 7),
        ("natural_number_validator", "0", 0),
        ("is_positive_integer", "1", 1),
        ("isodate", "2026-11-26", datetime(2026, 11, 26)),  # noqa: DTZ001 - as it was written
        ("isodate", "", None),
        ("unicode_safe", b"caf\xe9", "café"),
        ("unicode_safe", "café".encode(), "café"),
        ("unicode_safe", {"b": 1, "a": "é"}, '{"a": "é", "b": 1}'),
        ("unicode_safe", None, None),
        ("unicode_only", "x", "x"),
        ("strip_value", " x ", "x"),
        ("remove_whitespace", 3, 3),
        ("ignore_missing", None, "dropped"),
        ("ignore_missing", "", ""),
        ("ignore_empty", "", "dropped"),
        ("ignore_not_sysadmin", "x", "dropped"),
        ("convert_to_list_if_string", "x", ["x"]),
        ("convert_to_json_if_string", '{"a": [1]}', {"a": [1]}),
        ("json_list_or_string", "a, b", ["a", "b"]),
        ("json_object", {"a": 1}, '{"a": 1}'),
        ("json_object", "", None),
        ("list_of_strings", ["a"], ["a"]),
        ("email_validator", "jane@example.org", "jane@example.org"),
        ("url_validator", "https://example.org/x", "https://example.org/x"),
        ("name_validator", "a-name_1", "a-name_1"),
    ],
)
def test_a_value_is_converted(name: str, given: object, expected: object) -> None:
    assert value_of(given, v[name]) == expected


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("not_empty", "", "Missing value"),
        ("not_missing", missing, "Missing value"),
        ("empty", "x", "The input field field was not expected."),
        ("convert_int", "x", "Please enter an integer value"),
        ("int_validator", "1.5", "Invalid integer"),
        ("int_validator", 1.5, "Invalid integer"),
        ("int_validator", float("inf"), "Invalid integer"),
        ("natural_number_validator", "-1", "Must be a natural number"),
        ("is_positive_integer", "0", "Must be a positive integer"),
        ("isodate", "26.11.", "Date format incorrect"),
        ("unicode_only", 3, "Must be a Unicode string value"),
        ("no_http", "see http://x", "Must not contain an http: address"),
        ("name_validator", "Upper", "Must consist of lower case letters a to z, digits, - and _"),
        ("name_validator", "x", "Must have 2 to 100 characters"),
        ("name_validator", "new", "That name cannot be used"),
        ("name_validator", 3, "Names must be strings"),
        ("email_validator", "jane", "Email jane is not a valid format"),
        ("url_validator", "ftp:/x", "Please provide a valid URL"),
        ("url_validator", "http://[", "Please provide a valid URL"),
        ("list_of_strings", "a", "Not a list"),
        ("list_of_strings", ["a", 1], "Not a string: 1"),
        ("convert_to_json_if_string", "{", "Could not parse as valid JSON"),
        ("json_object", "[1]", "The value should be a JSON object"),
        ("dict_only", [], "Must be a dict"),
    ],
)
def test_a_value_is_refused(name: str, given: object, expected: str) -> None:
    assert message_for(given, v[name]) == expected


def test_validators_that_are_made_for_a_field() -> None:
    either = {"a": [v["both_not_empty"]("b")], "b": []}

    assert value_of("", v["default"](5)) == 5
    assert value_of(0, v["default"](5)) == 0
    assert value_of(None, v["configured_default"]("acme.not.set", 6)) == 6
    assert value_of("red", v["one_of"](["red"])) == "red"
    assert message_for("blue", v["one_of"](["red"])) == "Value must be one of ['red']"
    assert navl_validate({"b": "x"}, {"a": [v["if_empty_same_as"]("b")], "b": []})[0] == {"a": "x", "b": "x"}
    assert navl_validate({}, either)[1] == {"a": ["Missing value"]}
    assert navl_validate({"b": 1}, either)[1] == {}


def test_extras_hold_what_is_converted_to_them_and_give_it_back() -> None:
    stored, _ = navl_validate(
        {"depth": "3", "extras": [{"key": "x", "value": "1"}]},
        {"depth": [v["convert_to_extras"]], "extras": {"key": [], "value": []}},
    )
    shown, _ = navl_validate(stored, {"depth": [v["convert_from_extras"]], "extras": {"key": [], "value": []}})

    assert stored == {"extras": [{"key": "x", "value": "1"}, {"key": "depth", "value": "3"}]}
    assert shown == {"depth": "3", "extras": [{"key": "x", "value": "1"}]}


def test_no_text_or_number_can_be_made_of_what_is_missing() -> None:
    for convert in (str, int, float, complex):
        with pytest.raises(Invalid, match="Missing value"):
            convert(missing)
    assert not missing


def test_a_plugin_uses_the_core_validators_and_puts_its_own_before_them(extensions: Extensions) -> None:
    extensions.add(
        "tides",
        """
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk

        @tk.validator_args
        def schema(not_empty, unicode_safe, boolean_validator):
            return {"name": [not_empty, unicode_safe], "high": [boolean_validator]}

        @tk.validate_action_data(schema)
        def tide_create(context, data_dict):
            return data_dict

        class TidesPlugin(p.SingletonPlugin):
            p.implements(p.IActions); p.implements(p.IAuthFunctions); p.implements(p.IValidators)
            def get_actions(self):
                return {"tide_create": tide_create}
            def get_auth_functions(self):
                return {"tide_create": lambda context, data_dict: {"success": True}}
            def get_validators(self):
                return {"boolean_validator": lambda value: "mine"}
        """,
    )

    extensions.run(
        """
        own = tk.get_validator("boolean_validator")
        with p.use_plugin("tides"):
            create = tk.get_action("tide_create")
            assert create({}, {"name": b"neap", "high": "yes"}) == {"name": "neap", "high": "mine"}
            try:
                create({}, {"high": "yes"})
            except tk.ValidationError as error:
                assert error.error_dict == {"name": ["Missing value"]}
            else:
                raise AssertionError
        assert tk.get_validator("boolean_validator") is own and own("yes") is True
        """
    )


def test_an_unknown_validator_is_refused_by_name(extensions: Extensions) -> None:
    extensions.run(
        """
        from portico import Portico
        with Portico():
            try:
                tk.get_validator("package_id_exists")
            except tk.UnknownValidator as error:
                assert str(error) == "there is no validator 'package_id_exists'"
            else:
                raise AssertionError
        """
    )
    assert callable(get_validator("not_empty"))
