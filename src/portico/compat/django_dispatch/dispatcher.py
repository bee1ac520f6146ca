"""Signals with the interface of `django.dispatch`: each has one of Portico's underneath, which does the work."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any, Self, TypeVar

from portico import signals
from portico.compat.connecting import foreign_receivers
from portico.compat.django_dispatch.asending import Asend, under_way
from portico.compat.foreign import original, originals
from portico.signals import ANY, is_coroutine_function, receiver_key, sender_key

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

    from portico.compat.foreign import Call

__all__ = ["Signal", "receiver"]

F = TypeVar("F", bound="Callable[..., Any]")
Results = list[tuple["Callable[..., Any]", Any]]


class Signal:
    """A signal with Django's interface. Receivers are called as `receiver(signal=..., sender=..., **named)`.

    Args:
        use_caching: accepted and not needed.
    """

    def __init__(self, use_caching: bool = False) -> None:
        self.use_caching = use_caching
        self.stand_on(signals.Signal())

    @classmethod
    def over(cls, portico: signals.Signal[...]) -> Self:
        """Return a view of a Portico signal: what is connected and sent here is connected and sent there."""
        view = cls.__new__(cls)
        view.use_caching = False
        view.stand_on(portico)
        return view

    def stand_on(self, portico: signals.Signal[...]) -> None:
        """Be a view of this Portico signal. To be called once, when it is made."""
        self.portico = portico
        """The signal underneath."""
        self._foreign = foreign_receivers(portico)

    # -- connecting ---------------------------------------------------------------------------------------------

    def connect(
        self, receiver: Callable[..., Any], sender: Any = None, weak: bool = True, dispatch_uid: object = None
    ) -> None:
        """Connect a receiver, unless it is connected to that sender already.

        Args:
            receiver: any callable that takes `**kwargs`.
            sender: only sends from this one reach it; None for every sender.
            weak: whether the receiver may die. A function that nothing else holds does, at once.
            dispatch_uid: what the receiver is known by, instead of its identity.

        Raises:
            TypeError: it is not callable, or was to be weak and cannot be weakly referenced.
            ValueError: it does not take `**kwargs`.
        """
        _require_keywords(receiver)
        is_coroutine = is_coroutine_function(receiver)
        self._foreign.connect(
            _key(receiver, sender, dispatch_uid),
            receiver,
            (_coroutine_call if is_coroutine else _plain_call)(self),
            sender=ANY if sender is None else sender,
            weak=weak,
            order=int(is_coroutine),  # After the plain ones, whatever the order of connecting.
            is_coroutine=is_coroutine,
        )

    def disconnect(
        self, receiver: Callable[..., Any] | None = None, sender: Any = None, dispatch_uid: object = None
    ) -> bool:
        """Disconnect a receiver from the sender that it was connected to; None is the connection to every sender.

        Returns:
            Whether it was connected.
        """
        return self._foreign.disconnect(_key(receiver, sender, dispatch_uid))

    def has_listeners(self, sender: Any = None) -> bool:
        """Tell whether a send from `sender` would call anybody."""
        return self.portico.has_receivers_for(sender)

    @property
    def receivers(self) -> list[Callable[..., Any]]:
        """The living receivers, whatever their sender, in order of connecting. Changing it connects nobody."""
        return [original(receiver) for receiver in self.portico.receivers]

    # -- sending ------------------------------------------------------------------------------------------------

    def send(self, sender: Any, **named: Any) -> Results:
        """Call the receivers for `sender`: the plain ones, then coroutine receivers, in order of connecting.

        Returns:
            `(receiver, response)` of each, in the order of calling.

        Raises:
            AsyncReceiverError: a RuntimeError; a coroutine receiver, and this thread's event loop is running.
            Exception: what a receiver raised, unless the signal underneath isolates.
        """
        return originals(self.portico.send(sender, **named))

    def send_robust(self, sender: Any, **named: Any) -> Results:
        """Send; the response of a receiver that failed is its exception."""
        return originals(self.portico.send_isolated(sender, **named))

    async def asend(self, sender: Any, **named: Any) -> Results:
        """Send from a coroutine: plain receivers one after another in a thread, then coroutine receivers side by side.

        Returns:
            `(receiver, response)` of each, the plain ones first, in order of connecting.
        """
        return await Asend(self._foreign, sender, named, robust=False).run()

    async def asend_robust(self, sender: Any, **named: Any) -> Results:
        """Send from a coroutine; the response of a receiver that failed is its exception."""
        return await Asend(self._foreign, sender, named, robust=True).run()


def receiver(signal: Signal | list[Signal] | tuple[Signal, ...], **kwargs: Any) -> Callable[[F], F]:
    """Return a decorator that connects its function to a signal, or to each of a list or tuple of signals.

    Args:
        signal: one, or several.
        **kwargs: what `Signal.connect` takes.
    """

    def connect(function: F) -> F:
        for each in signal if isinstance(signal, list | tuple) else (signal,):
            each.connect(function, **kwargs)
        return function

    return connect


def _plain_call(facade: Signal) -> Call:
    def call(receiver: Callable[..., Any], sender: object, payload: dict[str, Any]) -> Any:
        asend = under_way.get()
        if asend is None or asend.signal is not facade.portico:
            return receiver(signal=facade, sender=sender, **payload)
        # The engine awaits a coroutine that a plain receiver returns.
        return asend.plain(lambda: receiver(signal=facade, sender=sender, **payload))

    return call


def _coroutine_call(facade: Signal) -> Call:
    def call(receiver: Callable[..., Any], sender: object, payload: dict[str, Any]) -> Coroutine[Any, Any, Any]:
        asend = under_way.get()
        if asend is None or asend.signal is not facade.portico:
            coroutine: Coroutine[Any, Any, Any] = receiver(signal=facade, sender=sender, **payload)
            return coroutine
        return asend.coroutine(receiver, call)

    return call


def _key(receiver: object, sender: object, dispatch_uid: object) -> Hashable:
    who = ("uid", dispatch_uid) if dispatch_uid else receiver_key(receiver)
    return ("django", who, None if sender is None else (sender_key(sender),))


def _require_keywords(receiver: Callable[..., Any]) -> None:
    conf = sys.modules.get("django.conf")
    if conf is not None and not (conf.settings.configured and conf.settings.DEBUG):
        return
    try:
        parameters = inspect.signature(receiver).parameters.values()
    except (TypeError, ValueError):
        return
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        msg = f"cannot connect {signals.describe_receiver(receiver)}: it does not take keyword arguments; add **kwargs"
        raise ValueError(msg)
