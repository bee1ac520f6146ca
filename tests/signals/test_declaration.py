import inspect
from collections.abc import Callable
from typing import Any

import pytest

from portico.errors import DeclarationError
from portico.signals import REQUIRED, Field, Mutable, Namespace, Signal
from tests.signals.witness import Sender, Witness, echo

# An owner is a name: what a test leaves connected would be another test's plugin of that name.
pytestmark = pytest.mark.usefixtures("isolated_subscriptions")


def test_a_stub_is_read_without_being_called(namespace: Namespace) -> None:
    @namespace.signal(since="0.2", deprecated="use paid")
    def placed(region: str, /, *, order_id: str, total: int = 7) -> None:
        """Sent after an order is stored.

        The sender is the region.
        """
        raise AssertionError

    declaration = placed.declaration

    assert declaration is not None
    assert declaration.name == "placed"
    assert declaration.sender is str
    assert declaration.fields == (Field("order_id", str), Field("total", int, 7))
    assert declaration.fields[0].default is REQUIRED
    assert declaration.field_names == ("order_id", "total")
    assert (declaration.since, declaration.deprecated) == ("0.2", "use paid")
    assert placed.doc == "Sent after an order is stored.\n\nThe sender is the region."


@pytest.mark.parametrize(
    "doc",
    ["", "one", "  one  ", "one\n\n    two\n      three\n    ", "\n    one\n\ttwo\n", "\n\n  a\n b\n\n", "a\n\n\nb"],
)
def test_the_doc_is_cleaned_as_python_cleans_docstrings(namespace: Namespace, doc: str) -> None:
    def stub(sender: object, /) -> None: ...

    stub.__doc__ = doc

    assert namespace.signal(stub).doc == inspect.cleandoc(doc).strip()


def no_sender() -> None: ...
def sender_by_name(sender: object) -> None: ...
def two_senders(sender: object, other: object, /) -> None: ...
def positional_field(sender: object, /, field: int) -> None: ...
def any_field(sender: object, /, **fields: int) -> None: ...
def any_senders(*senders: object) -> None: ...


@pytest.mark.parametrize(
    "stub", [no_sender, sender_by_name, two_senders, positional_field, any_field, any_senders, int, print, Witness()]
)
def test_a_function_of_another_form_is_no_stub(namespace: Namespace, stub: Callable[..., Any]) -> None:
    with pytest.raises(DeclarationError, match="cannot declare"):
        namespace.signal(stub)


def test_an_unknown_policy_is_refused(namespace: Namespace) -> None:
    with pytest.raises(DeclarationError, match="policy 'ignore'; use 'default', 'raise' or 'isolate'"):

        @namespace.signal(policy="ignore")
        def stub(sender: object, /) -> None: ...


def declare(namespace: Namespace, doc: str = "Sent.", module: str = __name__, **promises: Any) -> Signal[...]:
    """Declare the same stub, as often as it is called."""

    def stub(sender: Sender, /, *, order_id: str, total: int = 0) -> None: ...

    stub.__doc__, stub.__module__ = doc, module
    return namespace.signal(**promises)(stub)


def test_declaring_the_same_stub_again_gives_the_same_signal_with_the_newer_promises(namespace: Namespace) -> None:
    first = declare(namespace)
    witness = Witness()
    first.connect(witness)

    again = declare(namespace, "Sent later.", policy="isolate", since="2")

    assert again is first
    assert (again.doc, again.policy) == ("Sent later.", "isolate")
    assert again.declaration is not None
    assert again.declaration.since == "2"
    again.send("eu", order_id="o-1")
    assert witness.heard == [("eu", {"order_id": "o-1", "total": 0})]


def test_a_send_captured_before_the_same_stub_is_declared_again_still_works(namespace: Namespace) -> None:
    first = declare(namespace)
    send = first.send
    declare(namespace)
    first.connect(echo("a"))

    assert [value for _, value in send("eu", order_id="o-1")] == ["a"]


def test_types_that_were_made_anew_are_the_same_in_a_stub_that_is_declared_again(namespace: Namespace) -> None:
    def run() -> Signal[...]:
        class Order: ...

        missing = Order()

        @namespace.signal
        def stub(sender: type[Order], /, *, order: Order = missing) -> None: ...

        return stub

    assert run() is run()


STUBS: dict[str, Callable[[Namespace], object]] = {
    "another function": lambda namespace: namespace.signal(name="stub")(another),
    "another module": lambda namespace: declare(namespace, module="elsewhere"),
    "no stub": lambda namespace: namespace.declare("stub", {"order_id": str, "total": int}),
}


def another(sender: Sender, /, *, order_id: str, total: int = 0) -> None: ...


@pytest.mark.parametrize("other", STUBS)
def test_declaring_from_elsewhere_is_refused_and_names_the_first_declaration(namespace: Namespace, other: str) -> None:
    declare(namespace)
    message = r"cannot declare test_\d+:stub again; it was declared by .*test_declaration\.declare\.<locals>\.stub"

    with pytest.raises(DeclarationError, match=message):
        STUBS[other](namespace)


@pytest.mark.parametrize("change", ["sender", "field", "type", "default", "no default", "order"])
def test_declaring_a_stub_of_another_signature_again_is_refused(namespace: Namespace, change: str) -> None:
    def first(sender: str, /, *, order_id: str, total: int = 0) -> None: ...
    def sender(sender: int, /, *, order_id: str, total: int = 0) -> None: ...
    def field(sender: str, /, *, order: str, total: int = 0) -> None: ...
    def kind(sender: str, /, *, order_id: str, total: float = 0) -> None: ...
    def default(sender: str, /, *, order_id: str, total: int = 1) -> None: ...
    def required(sender: str, /, *, order_id: str, total: int) -> None: ...
    def order(sender: str, /, *, total: int = 0, order_id: str) -> None: ...

    others = {"sender": sender, "field": field, "type": kind, "default": default, "no default": required}
    changed: Any = others.get(change, order)
    changed.__qualname__ = first.__qualname__
    namespace.signal(name="stub")(first)

    with pytest.raises(DeclarationError, match="again"):
        namespace.signal(name="stub")(changed)


# -- without a stub -------------------------------------------------------------------------------------------------


def test_a_signal_is_declared_without_a_stub_like_with_one(namespace: Namespace) -> None:
    asked_for = namespace.signal("order placed")
    witness = Witness()

    signal = namespace.declare(
        "order placed",
        {"order_id": str, "class": int},
        sender=Sender,
        doc="  Sent.  ",
        defaults={"class": 3},
        since="2",
    )
    signal.connect(witness)
    signal.send("eu", order_id="o-1")

    assert signal is asked_for
    assert witness.heard == [("eu", {"order_id": "o-1", "class": 3})]
    assert signal.declaration is not None
    assert signal.declaration.fields == (Field("order_id", str), Field("class", int, 3))
    assert (signal.doc, signal.declaration.sender, signal.declaration.since) == ("Sent.", Sender, "2")
    with pytest.raises(TypeError, match="totl"):
        signal.send("eu", order_id="o-1", totl=3)


def test_declaring_again_without_a_stub_is_refused_from_elsewhere_only(namespace: Namespace) -> None:
    first = namespace.declare("a", {"order_id": str})

    assert namespace.declare("a", {"order_id": str}, doc="Sent.") is first
    assert first.doc == "Sent."
    with pytest.raises(DeclarationError, match=r"it was declared by .*test_declaration\.a"):
        namespace.declare("a", {"order_id": int})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"fields": {1: str}}, "with the field 1; the name of a field is a string"),
        ({"fields": {"a": str}, "defaults": {"b": 1}}, r"a default for 'b'; its fields are \(a\)"),
        ({"fields": {}, "policy": "ignore"}, "policy 'ignore'; use 'default', 'raise' or 'isolate'"),
    ],
)
def test_what_cannot_be_declared_without_a_stub_is_refused(
    namespace: Namespace, wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(DeclarationError, match=message):
        namespace.declare("a", **wrong)

    assert "a" not in namespace


def test_a_guarded_payload_knows_the_mutable_fields_of_a_signal_without_a_stub(namespace: Namespace) -> None:
    signal = namespace.declare("a", {"document": Mutable[dict[str, str]], "other": "dict[str, str]"})

    assert signal.declaration is not None
    assert signal.declaration.mutable_fields == {"document"}
