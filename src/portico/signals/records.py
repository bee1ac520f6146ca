"""What the engine tells those who watch it: plain values about receivers and sends. Makes and keeps none itself.

The annotations of a `NamedTuple` are evaluated, and one in quotes would cost a tenth of importing Portico: so they are
not postponed here, and what would be imported in a circle is an `object` at run time.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from portico.signals.receivers import Receiver, describe_receiver

if TYPE_CHECKING:
    from portico.signals.signal import Signal
    from portico.signals.subscription import Subscription

    AnySignal = Signal[...]
else:
    AnySignal = Subscription = object


class Outcome(NamedTuple):
    """What one receiver made of a send that is not plain."""

    receiver: Receiver
    value: Any
    """What it returned; the exception if it failed."""
    failed: bool


class ReceiverFailure(NamedTuple):
    """One isolated exception of a receiver."""

    signal: AnySignal
    subscription: Subscription
    receiver: Receiver
    error: BaseException

    @property
    def owner(self) -> str | None:
        """Whom the receiver belongs to."""
        return self.subscription.owner


class PayloadChange(NamedTuple):
    """One payload field that a receiver changed."""

    signal: AnySignal
    subscription: Subscription
    receiver: Receiver
    field: str

    @property
    def owner(self) -> str | None:
        """Whom the receiver belongs to."""
        return self.subscription.owner

    def __str__(self) -> str:
        whose = f" of plugin {self.owner}" if self.owner else ""
        return (
            f"receiver {describe_receiver(self.receiver)}{whose} changed the field {self.field!r} of "
            f"{self.signal.label}; payloads are shared: copy what you change, or declare the field as Mutable"
        )


class Reception(NamedTuple):
    """What one receiver made of a send, as a tap sees it."""

    receiver: Receiver
    owner: str | None
    """Whom the receiver belongs to: a plugin's name."""
    duration_seconds: float
    value: Any
    """What it returned; None if it failed."""
    error: BaseException | None


class SendReport(NamedTuple):
    """One send, as a tap sees it when the send is over."""

    number: int
    """Unique in this process; a send begun later has a higher one."""
    parent: int | None
    """The number of the observed send in whose receiver this one was sent."""
    signal: AnySignal
    sender: object
    payload: dict[str, Any]
    """The very objects that the receivers got. They may be private: nothing here writes them anywhere."""
    started_at: float
    """Seconds since the epoch."""
    duration_seconds: float
    receptions: tuple[Reception, ...]
    """In the order of calling; empty if nobody heard."""
    error: BaseException | None
    """What left `send`, if anything did."""
