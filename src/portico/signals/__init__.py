"""The engine: declares signals, connects receivers to them, and calls these. Standard library only."""

from portico.signals.declaration import REQUIRED, Declaration, Field
from portico.signals.failures import observe_failures
from portico.signals.guard import Mutable, guard_payloads, snapshot_with
from portico.signals.namespace import Namespace, namespaces
from portico.signals.ownership import Ownership
from portico.signals.receivers import Receiver, describe_receiver, is_coroutine_function
from portico.signals.records import PayloadChange, ReceiverFailure, Reception, SendReport
from portico.signals.senders import ANY, sender_key
from portico.signals.serial import Mutex
from portico.signals.signal import Signal
from portico.signals.subscription import Subscription
from portico.signals.taps import enrolled, tap
from portico.signals.undo import Undo, Undoing

__all__ = [
    "ANY",
    "REQUIRED",
    "Declaration",
    "Field",
    "Mutable",
    "Mutex",
    "Namespace",
    "Ownership",
    "PayloadChange",
    "Receiver",
    "ReceiverFailure",
    "Reception",
    "SendReport",
    "Signal",
    "Subscription",
    "Undo",
    "Undoing",
    "describe_receiver",
    "enrolled",
    "guard_payloads",
    "is_coroutine_function",
    "namespaces",
    "observe_failures",
    "sender_key",
    "snapshot_with",
    "tap",
]
