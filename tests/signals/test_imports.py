import subprocess
import sys

import portico.signals

PUBLIC = [
    "ANY",
    "MASK",
    "REQUIRED",
    "AnySignal",
    "BoundReference",
    "Declaration",
    "Dispatch",
    "Field",
    "Mutable",
    "Mutex",
    "Namespace",
    "Outcome",
    "Ownership",
    "PayloadChange",
    "Place",
    "Plan",
    "Receiver",
    "ReceiverFailure",
    "Reception",
    "SendReport",
    "SenderReference",
    "Sensitive",
    "Signal",
    "Subscription",
    "Undo",
    "Undoing",
    "Walk",
    "bound",
    "describe_receiver",
    "enrolled",
    "guard_payloads",
    "is_coroutine_function",
    "is_failure",
    "is_generator_function",
    "leaves_plan",
    "log_failure",
    "namespaces",
    "observe_failures",
    "one_line",
    "printable",
    "put_in_order",
    "receiver_key",
    "sender_key",
    "sender_reference",
    "sensitive_attributes",
    "snapshot_with",
    "spelt_annotation",
    "tap",
    "tell_observers",
    "traceback_of",
    "unowned",
]

EVERYDAY = """
import portico.signals
namespace = portico.signals.Namespace("everyday")
@namespace.signal
def declared(sender, /, *, field=1): ...
class Plugin:
    def hear(self, sender, **payload): ...
plugin = Plugin()
for signal in (declared, namespace.signal("undeclared")):
    signal.connect(plugin.hear)
    @signal.connect
    def receiver(sender, field): ...
    signal.send("eu", field=1)
    signal.tap(lambda report: None)
    signal.send("eu", field=1)
    signal.disconnect(receiver)
"""


def modules_loaded_by(program: str) -> set[str]:
    """Return the modules that a program loads into a fresh interpreter."""
    program = f"import sys; before = set(sys.modules)\n{program}\nprint(*(set(sys.modules) - before))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(finished.stdout.split())


def test_importing_the_engine_loads_none_of_the_costly_modules() -> None:
    assert modules_loaded_by("import portico.signals").isdisjoint({"asyncio", "inspect", "dataclasses"})


def test_everyday_use_loads_none_of_the_costly_modules_either() -> None:
    assert modules_loaded_by(EVERYDAY).isdisjoint({"asyncio", "inspect", "dataclasses"})


def test_importing_the_engine_loads_the_standard_library_and_nothing_else() -> None:
    loaded = {name.partition(".")[0] for name in modules_loaded_by("import portico.signals")}

    assert loaded - sys.stdlib_module_names == {"portico"}


def test_the_front_door_is_exactly_what_it_says() -> None:
    assert portico.signals.__all__ == PUBLIC
    assert all(hasattr(portico.signals, name) for name in PUBLIC)
