"""Declares signals, connects receivers to them, and calls these: the engine, on the standard library alone."""

from portico.signals.any_signal import AnySignal
from portico.signals.declaration import REQUIRED, Declaration, Field
from portico.signals.dispatch import Dispatch
from portico.signals.isolation import Walk, is_failure, leaves_plan
from portico.signals.marks import MASK, Mutable, Sensitive, sensitive_attributes, spelt_annotation
from portico.signals.namespace import Namespace, namespaces
from portico.signals.payload_guard import guard_payloads, snapshot_with
from portico.signals.plan import Plan
from portico.signals.receivers import (
    BoundReference,
    Receiver,
    bound,
    describe_receiver,
    receiver_key,
)
from portico.signals.senders import ANY, sender_key
from portico.signals.serial import Mutex
from portico.signals.signal import Signal, enrolled, unowned
from portico.signals.signatures import is_coroutine_function, is_generator_function
from portico.signals.subscription import (
    Ownership,
    Place,
    SenderReference,
    Subscription,
    put_in_order,
    sender_reference,
)
from portico.signals.undo import Undo, Undoing
from portico.signals.watching import (
    Outcome,
    PayloadChange,
    ReceiverFailure,
    Reception,
    SendReport,
    log_failure,
    observe_failures,
    one_line,
    printable,
    tap,
    tell_observers,
    traceback_of,
)

__all__ = [
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
