from collections import OrderedDict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from portico.actions import MASK
from portico.actions.running import masked_copy

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "password"]), inner, max_size=3)
        | st.tuples(inner, inner)
    ),
)


def secrets_in(value: Any) -> list[Any]:
    if isinstance(value, dict):
        here = [each for key, each in value.items() if key == "password" and each is not None]
        return here + [found for key, each in value.items() if key != "password" for found in secrets_in(each)]
    if isinstance(value, list | tuple):
        return [found for each in value for found in secrets_in(each)]
    return []


@given(values)
def test_a_copy_is_equal_when_nothing_is_sensitive(value: Any) -> None:
    assert masked_copy(value, frozenset()) == value


@given(values)
def test_no_sensitive_value_is_left_at_any_depth(value: Any) -> None:
    assert set(secrets_in(masked_copy(value, frozenset({"password"})))) <= {MASK}


def test_containers_are_copied_and_objects_are_shared() -> None:
    session = object()
    given = {"session": session, "rows": [{"a": 1}], "names": {"x"}}

    copy = masked_copy(given, frozenset())
    copy["rows"][0]["a"] = 2
    copy["names"].add("y")

    assert given == {"session": session, "rows": [{"a": 1}], "names": {"x"}}
    assert copy["session"] is session


def test_what_looks_like_a_dict_is_masked_too() -> None:
    assert masked_copy(OrderedDict(password="hunter2", b=1), frozenset({"password"})) == {"password": MASK, "b": 1}


def test_what_holds_itself_ends() -> None:
    endless: dict[str, Any] = {"password": "hunter2"}
    endless["self"] = endless

    copy = masked_copy(endless, frozenset({"password"}))

    assert copy["self"] is copy
    assert copy["password"] == MASK
