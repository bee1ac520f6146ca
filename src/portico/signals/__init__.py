"""The engine: declares signals, connects receivers to them, and calls these. Standard library only."""

from portico.signals.declaration import REQUIRED, Declaration, Field
from portico.signals.failures import ReceiverFailure, observe_failures
from portico.signals.namespace import Namespace, namespaces
from portico.signals.ownership import Ownership
from portico.signals.receivers import Receiver, describe_receiver
from portico.signals.senders import ANY
from portico.signals.signal import Signal
from portico.signals.subscription import Subscription
from portico.signals.taps import Reception, SendReport, tap

__all__ = [
    "ANY",
    "REQUIRED",
    "Declaration",
    "Field",
    "Namespace",
    "Ownership",
    "Receiver",
    "ReceiverFailure",
    "Reception",
    "SendReport",
    "Signal",
    "Subscription",
    "describe_receiver",
    "namespaces",
    "observe_failures",
    "tap",
]
