"""Declares every exception and warning that Portico raises itself.

PorticoError
├── SignalError
│   ├── DeclarationError     a stub that cannot be a signal's declaration (also a TypeError)
│   ├── ReceiverError        a receiver that does not fit its signal (also a TypeError)
│   └── AsyncReceiverError   a coroutine receiver where it cannot be awaited (also a RuntimeError)
├── Veto                     a receiver of a pre-signal refuses the operation
├── PluginError              a plugin cannot be enabled, disabled or used
│   └── UnknownPluginError   no such plugin is installed (also a LookupError)
├── ActionError              an action cannot be registered or done
│   ├── NotFoundError        there is no such action, or what it is about is not there (also a LookupError)
│   ├── NotAuthorizedError   whoever asks may not do it
│   └── ValidationError      fields of its data cannot be taken as they are
│       └── ConflictError    they could, did they not clash with what is stored
├── SilentChangeError        a statement would change a signalled table without any signal
├── TransactionError         a send cannot be recorded, or a session used, as its transaction is (also a RuntimeError)
├── HostError                a host is used in a way that its life cycle forbids
│   └── StartError           something was wrong when a strict host was opened
├── ConfigurationError       a setting is missing, misspelt or unusable
├── StoreError               the store of the plugins' state cannot be read or written
└── MissingExtraError        an optional dependency is not installed (also an ImportError)

LostReceiverWarning (a UserWarning)      a weakly held receiver, or its sender, is gone at once
SilentChangeWarning (a UserWarning)      a statement changed a signalled table without any signal
ModifiedPayloadWarning (a UserWarning)   a receiver changed a payload value that it was only lent
UnboundReceiverWarning (a UserWarning)   a method was connected in the body of its class: its `self` is never bound
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from portico.signals import AnySignal, Signal


class PorticoError(Exception):
    """Anything that Portico refuses or could not do. It says what it is about, as far as that is known."""

    signal: Signal[...] | None = None
    receiver: Callable[..., Any] | None = None
    plugin: str | None = None
    """The plugin's name; of a receiver, whoever owns it."""
    stage: str | None = None
    """The step of enabling a plugin that failed."""

    def about(
        self,
        *,
        signal: AnySignal | None = None,
        receiver: Callable[..., Any] | None = None,
        plugin: str | None = None,
        stage: str | None = None,
    ) -> Self:
        """Say what it is about, unless that was said already, and return it."""
        for name, value in {"signal": signal, "receiver": receiver, "plugin": plugin, "stage": stage}.items():
            if getattr(self, name) is None and value is not None:
                setattr(self, name, value)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # Neither a lambda nor a signal without a name can be pickled, which must not keep the error in its process.
        known = {name: value for name, value in self.__dict__.items() if name not in {"signal", "receiver"}}
        return (_made_again, (type(self), self.args, known))


class SignalError(PorticoError):
    """A signal was declared, connected or sent in a way that cannot work."""


class DeclarationError(SignalError, TypeError):
    """A stub that cannot be a signal's declaration."""


class ReceiverError(SignalError, TypeError):
    """A receiver that does not fit its signal."""


class AsyncReceiverError(SignalError, RuntimeError):
    """A coroutine receiver was to be run from `send` while the thread's event loop is running."""


class Veto(PorticoError):  # noqa: N818 - the field's word for it, and it reads as one: `raise Veto("reason")`
    """Raised by a receiver of a vetoable pre-signal: the operation is refused, for the reason given."""


class PluginError(PorticoError):
    """A plugin cannot be enabled, disabled or used; the message says why and what to do."""


class UnknownPluginError(PluginError, LookupError):
    """No plugin of that name is installed."""


class ActionError(PorticoError):
    """An action cannot be registered or done; the message says why."""


class NotFoundError(ActionError, LookupError):
    """There is no such action, or what an action is about is not there."""


class NotAuthorizedError(ActionError):
    """Whoever asks may not do it."""


class ValidationError(ActionError):
    """Fields of an action's data cannot be taken as they are."""

    def __init__(self, error_dict: Mapping[str, str | Iterable[str]]) -> None:
        self.error_dict: dict[str, list[str]] = {
            field: [messages] if isinstance(messages, str) else list(messages) for field, messages in error_dict.items()
        }
        """What is wrong, by the name of the field; written for the person who filled it in."""
        super().__init__("; ".join(f"{field}: {', '.join(each)}" for field, each in self.error_dict.items()))


class ConflictError(ValidationError):
    """Fields clash with what is stored: a name is taken, a thing was changed meanwhile."""


class TransactionError(PorticoError, RuntimeError):
    """A send cannot be recorded, or a session used, as its transaction is; the message says what to do."""


class SilentChangeError(PorticoError):
    """A statement would change a table whose changes are signalled, without any signal; it was not run."""


class HostError(PorticoError):
    """A host is used in a way that its life cycle forbids."""


class StartError(HostError):
    """A host was to be strict, and something was wrong when it opened: `problems` says each thing in a sentence."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems: tuple[str, ...] = tuple(problems)
        """What is wrong, in words."""
        listed = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"the host is strict and did not open; mend this first:{listed}")


class ConfigurationError(PorticoError):
    """A setting is missing, misspelt or unusable; the message names it and says what to set."""


class StoreError(PorticoError):
    """The store in which the state of plugins is kept cannot be read or written; the message says why."""


class MissingExtraError(PorticoError, ImportError):
    """An optional dependency is not installed; the message is the command that installs it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; run: pip install 'portico-signals[{extra}]'")


def _made_again(kind: type[PorticoError], args: tuple[Any, ...], known: dict[str, Any]) -> PorticoError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(known)
    return error


class LostReceiverWarning(UserWarning):
    """A receiver was connected weakly, or for a sender, that nothing else holds: it is gone at once."""


class SilentChangeWarning(UserWarning):
    """A statement changed a table whose changes are signalled, without any signal."""


class ModifiedPayloadWarning(UserWarning):
    """A receiver changed a payload value that it was only lent, while the guard was on."""


class UnboundReceiverWarning(UserWarning):
    """A method was connected in the body of its class, where it is a plain function: nothing binds its `self`."""
