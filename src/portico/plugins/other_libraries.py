"""Connects a plugin's receivers to signals of other libraries, and undoes exactly that.

Order and isolation there are the other library's own.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from portico.signals import ANY, Mutex, describe_receiver, is_coroutine_function, is_failure, receiver_key

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from portico.signals import Receiver

    Failed = Callable[[str, str, BaseException], object]
    """Told the signal's label, the receiver's description, and what it raised."""


def is_foreign(signal: object) -> bool:
    """Tell whether something can be connected to as a signal of blinker or Django can."""
    return not isinstance(signal, type) and all(
        callable(getattr(signal, name, None)) for name in ("connect", "disconnect", "send")
    )


def foreign_label(signal: object) -> str:
    """Return `library:name`, as it stands in listings."""
    library = type(signal).__module__.partition(".")[0]
    name = getattr(signal, "name", None)
    return f"{library}:{name if isinstance(name, str) else _name_in_modules(signal) or type(signal).__name__}"


def _name_in_modules(signal: object) -> str | None:
    """Return what a signal is called where it was made: Django's have no names, and stand in modules of that name."""
    modules = [module for name, module in list(sys.modules.items()) if name.rpartition(".")[2] == "signals"]
    names = (name for module in modules for name, value in list(vars(module).items()) if value is signal)
    return next(names, None)


class Connection:
    """One receiver at one foreign signal."""

    def __init__(self, failed: Failed, signal: Any, receiver: Receiver, sender: object) -> None:
        self.failed: Final = failed
        self.signal: Final = signal
        self.receiver: Final = receiver
        self.sender: Final = sender
        self.connected = False

    def suspend(self) -> None:
        """Undo it. Does nothing the second time."""
        with _connecting:
            if self.connected:
                self.connected = False
                relay = _relays[self._key]
                relay.users.remove(self)
                if not relay.users:
                    del _relays[self._key]
                    relay.disconnect()

    def resume(self) -> None:
        """Make it. Does nothing the second time."""
        with _connecting:
            if not self.connected:
                relay = _relays.get(self._key)
                if relay is None:
                    relay = _Relay(self)
                    relay.connect()
                    _relays[self._key] = relay
                relay.users.append(self)
                self.connected = True

    def close(self) -> None:
        """Undo it for good."""
        self.suspend()

    @property
    def _key(self) -> Hashable:
        sender = self.sender if isinstance(self.sender, str | int) else id(self.sender)
        return (id(self.signal), receiver_key(self.receiver), type(self.sender), sender)


class _Relay:
    """What the other library calls. Plugins that share a receiver share it, so that it runs once.

    It is nobody else's: undoing it leaves alone what the application connected itself.
    """

    def __init__(self, first: Connection) -> None:
        self.users: Final[list[Connection]] = []
        self._signal: Final = first.signal
        self._receiver: Final = first.receiver
        self._sender: Final = {} if first.sender is ANY else {"sender": first.sender}

    @property
    def _relayed(self) -> Callable[..., Any]:
        # Django awaits coroutine functions in whichever way it sends; blinker refuses every `send` once there is one.
        awaits = hasattr(self._signal, "asend") and is_coroutine_function(self._receiver)
        return self.receive_async if awaits else self.receive

    def connect(self) -> None:
        self._signal.connect(self._relayed, weak=False, **self._sender)

    def disconnect(self) -> None:
        self._signal.disconnect(self._relayed, **self._sender)

    def receive(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._receiver(*args, **kwargs)
        except BaseException as error:
            self._note(error)
            raise

    async def receive_async(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await self._receiver(*args, **kwargs)
        except BaseException as error:
            self._note(error)
            raise

    def _note(self, error: BaseException) -> None:
        for user in list(self.users) if is_failure(error) else ():
            user.failed(foreign_label(self._signal), describe_receiver(self._receiver), error)


_connecting: Final = Mutex()
_relays: Final[dict[Any, _Relay]] = {}
