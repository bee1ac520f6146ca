import linecache
import traceback
from typing import Any

import pytest

from portico.signals import Namespace, Signal
from portico.signals import generated as generating
from tests.signals.witness import Witness, echo, returned

NAMES = [
    "sender",
    "self",
    "plan",
    "registry",
    "signal",
    "receiver",
    "results",
    "loop",
    "send",
    "payload",
    "args",
    "kwargs",
    "_",
    "__class__",
    "print",
    "None",
    "class",
    "lambda",
    "match",
    "_portico_plan",
    "_portico_sender",
    "_portico_results",
    "_portico_others",
    "_portico_default_0",
    "größe",
    "ﬁ",
    "µ",
    "with space",
    "1",
    "",
    "a=1",
    "\n",
]


class Text(str):
    """A name that is no exact `str`."""

    __slots__ = ()


@pytest.fixture(params=[0, 1, 3, 4, 10])
def crowd(request: pytest.FixtureRequest, signal: Signal[...]) -> Signal[...]:
    """An undeclared signal with so many receivers besides the one under test."""
    for i in range(request.param):
        signal.connect(echo(str(i)))
    return signal


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_field_of_any_name_arrives_under_this_name(crowd: Signal[...], name: str) -> None:
    witness = Witness("heard")
    crowd.connect(witness)

    for _ in range(2):
        assert crowd.send("s", **{name: 1, "other": 2})[-1] == (witness, "heard")

    assert witness.heard == [("s", {name: 1, "other": 2})] * 2
    assert all(type(found) is str for _, payload in witness.heard for found in payload)


def test_names_that_normalise_to_one_name_stay_two(crowd: Signal[...]) -> None:
    witness = Witness()
    crowd.connect(witness)

    payload = {"ﬁ": 1, "fi": 2, "\N{MICRO SIGN}": 3, "\N{GREEK SMALL LETTER MU}": 4}
    crowd.send("s", **payload)

    assert witness.heard == [("s", payload)]


def test_a_name_of_a_subclass_of_str_arrives(crowd: Signal[...]) -> None:
    witness = Witness()
    crowd.connect(witness)

    crowd.send("s", **{Text("field"): 1})
    crowd.send("s", field=1)
    crowd.send("s", **{Text("field"): 1})

    assert witness.heard == [("s", {"field": 1})] * 3


def test_the_order_of_the_fields_is_kept(crowd: Signal[...]) -> None:
    witness = Witness()
    crowd.connect(witness)

    crowd.send("s", b=1, a=2)
    crowd.send("s", a=2, b=1)

    assert [list(payload) for _, payload in witness.heard] == [["b", "a"], ["a", "b"]]


def test_an_empty_payload_is_valid(crowd: Signal[...]) -> None:
    witness = Witness()
    crowd.connect(witness)

    crowd.send("s")
    crowd.send()

    assert witness.heard == [("s", {}), (None, {})]


def test_many_shapes_of_payload_do_not_fill_the_memory(signal: Signal[...]) -> None:
    for i in range(5):
        signal.connect(echo(str(i)))
    known = set(generating._loops)

    for i in range(2000):
        assert len(signal.send("s", **{f"shape_{i}": 1})) == 5

    assert len(generating._loops) <= 512
    for names in set(generating._loops) - known:
        del generating._loops[names]


def declared_with(namespace: Namespace, name: str, **promises: Any) -> Signal[...]:
    """Declare a signal with a required field of that name and an optional one."""
    scope: dict[str, Any] = {}
    exec(f"def stub(whoever, /, *, {name}, other=2): ...", scope)  # noqa: S102 - the name is the test's
    return namespace.signal(**promises)(scope["stub"])


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.isidentifier() and name not in ("None", "class", "lambda")]
)
@pytest.mark.parametrize("promises", [{}, {"policy": "isolate"}, {"open": True}, {"open": True, "policy": "isolate"}])
def test_a_declared_field_of_any_name_arrives(namespace: Namespace, name: str, promises: dict[str, Any]) -> None:
    signal = declared_with(namespace, name, **promises)
    assert signal.declaration is not None
    witness, field = Witness(), signal.declaration.field_names[0]
    signal.connect(witness)

    signal.send("s", **{field: 1})
    signal.send_isolated("s", **{field: 1})
    signal.collect("s", **{field: 1})

    assert witness.heard == [("s", {field: 1, "other": 2})] * 3


def test_a_declared_field_of_the_engines_own_names_is_checked_too(namespace: Namespace) -> None:
    signal = declared_with(namespace, "_portico_plan")

    with pytest.raises(TypeError, match=r"stub\.send\(\): missing _portico_plan"):
        signal.send("s")


def test_the_default_of_a_field_is_the_very_object(namespace: Namespace) -> None:
    default = object()

    @namespace.signal
    def stub(sender: object, /, *, field: object = default) -> None: ...

    witness = Witness()
    stub.connect(witness)

    stub.send(None)

    assert witness.heard[0][1]["field"] is default


# -- tracebacks -----------------------------------------------------------------------------------------------------


def fail(_: object, **__: object) -> None:
    raise KeyError("here")


@pytest.mark.parametrize("policy", ["raise", "isolate"])
def test_the_traceback_through_a_declared_send_is_readable(namespace: Namespace, policy: str) -> None:
    @namespace.signal(policy=policy, vetoable=True)
    def stopped(sender: object, /, *, code: int) -> None: ...

    stopped.connect(fail)

    try:
        ((_, error),) = stopped.send(None, code=1)
    except KeyError as raised:
        error = raised
    frames = traceback.extract_tb(error.__traceback__)

    assert frames[-1].line == 'raise KeyError("here")'
    assert frames[-1].name == "fail"
    assert frames[-2].filename == f"<portico: send of {stopped.label}>"
    assert frames[-2].line is not None
    assert "_portico_receiver(sender, code=code)" in frames[-2].line
    assert len(frames) <= 3


def test_the_traceback_through_a_generated_loop_is_readable(signal: Signal[...]) -> None:
    for i in range(4):
        signal.connect(echo(str(i)))
    signal.connect(fail)

    with pytest.raises(KeyError) as caught:
        signal.send(alpha=1, beta=2)
    frames = traceback.extract_tb(caught.value.__traceback__)

    assert frames[-1].line == 'raise KeyError("here")'
    assert frames[-2].filename == "<portico: send of (alpha, beta)>"
    assert frames[-2].line is not None
    assert "_portico_receiver(_portico_sender, alpha=alpha, beta=beta)" in frames[-2].line


def test_the_generated_source_outlives_a_check_of_the_line_cache(namespace: Namespace) -> None:
    @namespace.signal
    def stopped(sender: object, /) -> None: ...

    linecache.checkcache()

    assert linecache.getline(f"<portico: send of {stopped.label}>", 1).startswith("def send(")


def test_the_traceback_of_a_tapped_send_shows_the_receivers_line(signal: Signal[...]) -> None:
    signal.connect(fail)
    signal.tap(lambda _: None)

    with pytest.raises(KeyError) as caught:
        signal.send()

    assert traceback.extract_tb(caught.value.__traceback__)[-1].line == 'raise KeyError("here")'


def test_a_send_is_named_after_its_signal(signal: Signal[...], order_placed: Signal[...]) -> None:
    assert signal.send.__qualname__ == f"{signal.label}.send"
    assert order_placed.send.__qualname__ == f"{order_placed.label}.send"


# -- a send as a receiver -------------------------------------------------------------------------------------------


def test_a_subclass_may_have_a_send_of_its_own() -> None:
    class Counting(Signal[...]):
        sent = 0

        def send(self, /, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
            self.sent += 1
            return super().send(*args, **kwargs)

    signal = Counting("counting")
    signal.connect(echo("a"))

    assert returned(signal, "s", a=1) == ["a"]
    assert signal.sent == 1
