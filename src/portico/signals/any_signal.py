"""Says of any signal, whatever its payload, what it is called and what it promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Protocol

from portico.errors import SignalError, Veto
from portico.signals.declaration import DEFAULT, POLICIES, Declaration, are_exceptions
from portico.signals.undo import Undoing

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.signals.undo import Undo


class AnyNamespace(Protocol):
    """What a signal asks of the namespace that has it."""

    name: str

    @property
    def open(self) -> bool:
        """Whether all of its signals are open."""

    @property
    def taps(self) -> tuple[Callable[[Any], object], ...]:
        """The taps that see every signal of it."""

    def signal(self, name: str, /) -> Any:
        """Return the signal of that name."""


class AnySignal(ABC):
    """A signal as subscriptions and reports name it: they do not know its payload. Every one of them is a `Signal`."""

    def __init__(self, name: str, doc: str | None, namespace: AnyNamespace | None) -> None:
        self.name: Final = name
        self.namespace: Final = namespace
        self.declaration: Declaration | None = None
        self._doc = doc or ""
        self._overrides: Final[dict[object, str]] = {}
        """Policies, each by a key that is itself and no other; the last one counts."""
        self._passes: tuple[tuple[type[BaseException], ...], ...] = ()
        """Exceptions that leave sends, each as it was given."""

    @property
    def label(self) -> str:
        """`namespace:name`, as it stands in messages and listings."""
        name = self.name or f"signal at {id(self):#x}"
        return f"{self.namespace.name}:{name}" if self.namespace else name

    @property
    def doc(self) -> str:
        """What the declaration says about it; as long as there is none, whoever asked for it by name."""
        return self.declaration.doc if self.declaration else self._doc

    def describe(self, doc: str) -> None:
        """Say what the signal is for, as long as nobody declares it. The first word counts."""
        self._doc = self._doc or doc

    @property
    def policy(self) -> str:
        """What becomes of a receiver's exception.

        `"default"` isolates those of receivers that a plugin owns; `"isolate"` all of them, `"raise"` none.
        """
        declared = self.declaration.policy if self.declaration else DEFAULT
        return [declared, *self._overrides.values()][-1]

    @property
    def vetoable(self) -> bool:
        """Whether a receiver may refuse the operation with `Veto` although the signal isolates."""
        return self.declaration is not None and self.declaration.vetoable

    @property
    def passing(self) -> tuple[type[BaseException], ...]:
        """The exceptions that leave a send although the signal isolates."""
        declared = self.declaration.passing if self.declaration else ()
        return (*declared, *chain.from_iterable(self._passes), *[Veto] * self.vetoable)

    def let_pass(self, *kinds: type[BaseException]) -> Undo:
        """Let exceptions leave sends although the signal isolates, besides those it declares; return what undoes it.

        For what a caller takes as an answer: a web framework's exception that ends a request, say.

        Raises:
            SignalError: something else than exception classes.
        """
        if not are_exceptions(kinds):
            msg = f"cannot let {kinds!r} pass {self.label}; give exception classes"
            raise SignalError(msg).about(signal=self)
        self._passes = (*self._passes, kinds)

        @Undoing
        def undo() -> None:
            self._passes = tuple(each for each in self._passes if each is not kinds)

        return undo

    def override_policy(self, policy: str) -> Undo:
        """Treat exceptions by another policy than the declared one; return what undoes it.

        Of several overrides the latest counts; each can be undone on its own, in any order.

        Raises:
            SignalError: there is no such policy.
        """
        if policy not in POLICIES:
            msg = f"cannot override the policy of {self.label} with {policy!r}; use one of: {', '.join(POLICIES)}"
            raise SignalError(msg).about(signal=self)
        key = object()
        self._overrides[key] = policy

        @Undoing
        def undo() -> None:
            self._overrides.pop(key, None)

        return undo

    @abstractmethod
    def send(self, /, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """Call the receivers, here and now, in order."""

    @abstractmethod
    async def send_async(self, /, *args: Any, **kwargs: Any) -> list[tuple[Any, Any]]:
        """Send, awaiting coroutine receivers."""

    @abstractmethod
    def tap(self, observer: Callable[[Any], object]) -> Undo:
        """Have `observer` called with a report of every send, after it; return what detaches it."""

    @abstractmethod
    def refresh(self) -> None:
        """Take sends off the hot path or put them back, as taps and the guard ask."""

    @abstractmethod
    def renew(self) -> None:
        """Go on in a forked child, which has none of its parent's other threads."""

    def __repr__(self) -> str:
        return f"<Signal {self.label}>"
