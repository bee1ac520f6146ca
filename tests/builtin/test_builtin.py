import pytest

import portico.builtin
from portico.builtin import core, user_created
from portico.signals import Signal

# As builtin-signals pages of the field list them: the sender first, then the payload.
PAYLOADS = {
    "request_started": (),
    "request_finished": ("response",),
    "register_blueprint": ("blueprint",),
    "user_created": ("user",),
    "user_logged_in": ("user",),
    "user_logged_out": ("user",),
    "failed_login": (),
    "request_password_reset": ("user",),
    "perform_password_reset": ("user",),
    "before_action": ("context", "data_dict"),
    "action_succeeded": ("context", "data_dict", "result"),
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_built_in_signal_has_its_payload_its_documentation_and_isolates(name: str) -> None:
    signal: object = getattr(portico.builtin, name)

    assert isinstance(signal, Signal)
    assert signal.declaration is not None
    assert signal is core.signal(name)
    assert signal.declaration.field_names == PAYLOADS[name]
    assert signal.doc
    assert (signal.policy, signal.declaration.open, signal.declaration.since) == ("isolate", True, "0.1")


def test_every_declared_core_signal_is_exported_and_listed_here() -> None:
    declared = {signal.name for signal in core if signal.declaration}
    exported = {name for name in portico.builtin.__all__ if isinstance(getattr(portico.builtin, name), Signal)}

    assert declared == exported == PAYLOADS.keys()


def test_any_plugin_may_send_a_core_signal_with_another_payload() -> None:
    def receive(name: str, **payload: object) -> object:
        return payload

    with user_created.connected_to(receive):
        assert user_created.collect("jane", user=None, origin="import") == [{"user": None, "origin": "import"}]  # type: ignore[call-arg, arg-type]
