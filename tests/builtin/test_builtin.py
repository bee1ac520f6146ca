import pytest

import portico.builtin
from portico.builtin import core
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
    assert (signal.policy, signal.declaration.open, signal.declaration.since) == ("isolate", False, "0.1")


def test_every_declared_core_signal_is_exported_and_listed_here() -> None:
    declared = {signal.name for signal in core if signal.declaration}
    exported = {name for name in portico.builtin.__all__ if isinstance(getattr(portico.builtin, name), Signal)}

    assert declared == exported == PAYLOADS.keys()


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_built_in_signal_refuses_a_misspelt_field_and_a_missing_sender(name: str) -> None:
    signal = core.signal(name)
    payload: dict[str, object] = dict.fromkeys(PAYLOADS[name])
    heard: list[object] = []

    with signal.connected_to(lambda sender, **_: heard.append(sender)):
        signal.send("x", **payload)
        for misspelt in (f"{field}_" for field in PAYLOADS[name] or ("usr",)):
            with pytest.raises(
                TypeError, match=rf"core:{name}\.send\(\) got an unexpected keyword argument '{misspelt}'"
            ):
                signal.send("x", **payload, **{misspelt: 1})
        for field in PAYLOADS[name]:
            with pytest.raises(TypeError, match=rf"core:{name}\.send\(\) missing .* '{field}'"):
                signal.send("x", **{each: value for each, value in payload.items() if each != field})
        with pytest.raises(TypeError, match=rf"core:{name}\.send\(\) missing 1 required positional argument: 'sender'"):
            signal.send(**payload)

    assert heard == ["x"]
