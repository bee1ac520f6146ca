"""Says of any signal, whatever its payload, what it is called and what it promises; and knows every one there is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Protocol, Self
from weakref import ref

from portico.errors import DeclarationError, SignalError, Veto
from portico.signals.declaration import DEFAULT, ISOLATE, POLICIES, Declaration, are_exceptions
from portico.signals.serial import Mutex, in_forked_child
from portico.signals.undo import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.signals.undo import Undo


_declaring: Final = Mutex()


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
        self._overrides: Final = Table[str]()
        """Policies; the last one counts."""
        self._passes: Final = Table[tuple[type[BaseException], ...]]()
        """Exceptions that leave sends although the signal isolates."""

    @property
    def label(self) -> str:
        """`namespace:name`, as it stands in messages and listings."""
        name = self.name or f"signal at {id(self):#x}"
        return f"{self.namespace.name}:{name}" if self.namespace else name

    @property
    def in_force(self) -> Declaration | None:
        """The declaration, open where the whole namespace is."""
        declaration = self.declaration
        if declaration is None or declaration.open or self.namespace is None or not self.namespace.open:
            return declaration
        return declaration._replace(open=True)

    @property
    def doc(self) -> str:
        """What the declaration says about it; as long as there is none, whoever asked for it by name."""
        return self.declaration.doc if self.declaration else self._doc

    def describe(self, doc: str) -> None:
        """Say what the signal is for, as long as nobody declares it. The first word counts."""
        self._doc = self._doc or doc

    def take(self, declaration: Declaration) -> bool:
        """Be declared; tell whether this is the first time.

        Raises:
            DeclarationError: it is declared by another one already.
        """
        with _declaring:
            first = self.declaration
            if first is not None and first.identity != declaration.identity:
                msg = f"cannot declare {self.label} again; it was declared by {first.origin}"
                raise DeclarationError(msg).about(signal=self)
            self.declaration = declaration
        return first is None

    @property
    def policy(self) -> str:
        """What becomes of a receiver's exception.

        `"default"` isolates those of receivers that a plugin owns; `"isolate"` all of them, `"raise"` none.
        """
        policies: list[str] = [self.declaration.policy if self.declaration else DEFAULT, *self._overrides]
        return policies[-1]

    def isolates(self, owner: str | None) -> bool:
        """Tell whether exceptions of a receiver of this owner stay inside a send."""
        policy = self.policy
        return policy == ISOLATE or (policy == DEFAULT and owner is not None)

    @property
    def isolates_everyone(self) -> bool:
        """Whether exceptions of every receiver stay inside a send, and stand in its results."""
        return self.policy == ISOLATE

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
        return self._passes.add(kinds)

    def override_policy(self, policy: str) -> Undo:
        """Treat exceptions by another policy than the declared one; return what undoes it.

        Of several overrides the latest counts; each can be undone on its own, in any order.

        Raises:
            SignalError: there is no such policy.
        """
        if policy not in POLICIES:
            msg = f"cannot override the policy of {self.label} with {policy!r}; use one of: {', '.join(POLICIES)}"
            raise SignalError(msg).about(signal=self)
        return self._overrides.add(policy)

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

    # A signal is a kind of event: a copy of what holds it speaks of the same kind.

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        if self.namespace is None:
            msg = f"cannot pickle {self.label}: no namespace has it, so it would not be found; get it from a Namespace"
            raise TypeError(msg)
        return (self.namespace.signal, (self.name,))

    def __repr__(self) -> str:
        return f"<Signal {self.label}>"


# By `id()`. Neither adding nor copying it takes a lock, so that a finalizer can make a signal at any moment.
_signals: Final[dict[int, ref[AnySignal]]] = {}
with_unowned: Final[dict[int, None]] = {}
"""By `id()`, the signals that may have a subscription which nobody owns."""


def enrol(signal: AnySignal) -> None:
    """Let a new signal be seen by taps on everything."""
    key = id(signal)

    def gone(_: object) -> None:
        _signals.pop(key, None)
        with_unowned.pop(key, None)

    _signals[key] = ref(signal, gone)
    signal.refresh()


def every_signal() -> list[AnySignal]:
    """Return every signal of this process, in the order of making."""
    return [signal for find in list(_signals.values()) if (signal := find()) is not None]


def find_signal(key: int) -> AnySignal | None:
    """Return the signal of an `id()`, as long as it lives."""
    find = _signals.get(key)
    return find() if find else None


def refresh_every_signal() -> None:
    """Have every signal look again whether anybody watches its sends."""
    for signal in every_signal():
        signal.refresh()


@in_forked_child
def _renew_signals() -> None:
    for signal in every_signal():
        signal.renew()
