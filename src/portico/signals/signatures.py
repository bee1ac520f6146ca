"""Reads what a receiver can take and decides, once, how it is called."""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from portico.errors import ReceiverError
from portico.signals.receivers import VAR_KEYWORD, VAR_POSITIONAL, Receiver, describe_receiver, passes_on

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portico.signals.any_signal import AnySignal

BY_POSITION: Final = "position"
BY_KEYWORD: Final = "keyword"
NOT_AT_ALL: Final = "not at all"


class Parameters(NamedTuple):
    """What a receiver's signature takes, bound arguments left out."""

    positional: bool
    """Whether it has a first positional parameter (or `*args`) for the sender."""
    first: str | None
    """That parameter's name, unless it is positional-only."""
    names: frozenset[str]
    """The other parameters that can be given by keyword."""
    required: frozenset[str]
    """Those of `names` without a default; also positional-only ones, which nothing can fill."""
    anything: bool
    """Whether it has `**kwargs`."""
    loose: bool = False
    """Whether it takes anything, whatever it shows: a wrapper that may fill some of the parameters itself."""
    coroutine: bool = False
    """Whether the call may give something to await; not read from the signature."""


class Call(NamedTuple):
    """How a receiver is called for one set of payload fields."""

    sender: str
    """`BY_POSITION`, `BY_KEYWORD` or `NOT_AT_ALL`."""
    keep: tuple[str, ...] | None
    """The payload fields it gets; None for all of them."""

    def __call__(self, receiver: Receiver, sender: object, payload: dict[str, Any]) -> Any:
        """Call the receiver and return its value."""
        if self.keep is not None:
            payload = {name: payload[name] for name in self.keep}
        if self.sender is BY_POSITION:
            return receiver(sender, **payload)
        if self.sender is BY_KEYWORD:
            return receiver(sender=sender, **payload)
        return receiver(**payload)


STANDARD_CALL: Final = Call(BY_POSITION, None)
_NONE: Final[frozenset[str]] = frozenset()
_UNKNOWN: Final = Parameters(positional=True, first=None, names=_NONE, required=_NONE, anything=True)

# `def receiver(sender, **kwargs)` is by far the commonest form: one object for all of them.
_common: dict[str, Parameters] = {}


def read_parameters(receiver: Receiver) -> Parameters:
    """Return what the receiver takes; a receiver without a readable signature takes everything."""
    bound = type(receiver) is MethodType
    function = receiver.__func__ if bound else receiver  # type: ignore[attr-defined]
    if type(function) is FunctionType:
        # By these attributes a decorated function points at the signature that it really has. Asked so, because a
        # function that is asked for its `__dict__` has one from then on, of 64 bytes.
        redirects = hasattr(function, "__wrapped__") or hasattr(function, "__signature__")
        if not (redirects and passes_on(function, bound=bound)):
            return _read_code(function, bound=bound)
    return _read_signature(receiver)


def fit(parameters: Parameters, fields: Iterable[str], *, declared: Iterable[str] = ()) -> Call:
    """Decide how a receiver with these parameters is called for a payload of these fields.

    Args:
        parameters: what the receiver takes.
        fields: what is sent.
        declared: the fields of the signal, if it is declared. One that is called `sender` never replaces the sender.

    A first parameter that is itself a payload field is filled from the payload (Cantemo's `h(instance, method,
    **kwargs)`); the sender then travels by keyword, or not at all where there is no room for it. Parameters that
    the payload cannot fill are the caller's to judge, see `unfilled`; a wrapper is given everything then.
    """
    names = dict.fromkeys(fields)
    if parameters.first == "sender" and "sender" in declared:
        names.pop("sender", None)
        call = _fit(parameters, names)
        call = call._replace(keep=tuple(names) if call.keep is None else call.keep)
    else:
        call = _fit(parameters, names)
    return STANDARD_CALL if parameters.loose and unfilled(parameters, call, fields) else call


def _fit(parameters: Parameters, names: dict[str, None]) -> Call:
    positional, first, takes, _, anything, *_ = parameters
    if positional and first not in names:
        how = BY_POSITION
    else:
        takes = takes if first is None else takes | {first}
        room = (anything or "sender" in takes) and "sender" not in names
        how = BY_KEYWORD if room else NOT_AT_ALL
    keep = None if anything or takes.issuperset(names) else tuple(name for name in names if name in takes)
    return STANDARD_CALL if how is BY_POSITION and keep is None else Call(how, keep)


def unfilled(parameters: Parameters, call: Call, fields: Iterable[str]) -> list[str]:
    """Return the required parameters, sorted, for which a payload of these fields has no value."""
    filled = set(fields)
    if call.sender is BY_KEYWORD:
        filled.add("sender")
    return sorted(parameters.required - filled)


def fit_declared(receiver: Receiver, parameters: Parameters, signal: AnySignal, fields: tuple[str, ...]) -> Call:
    """Decide how a receiver is called for a declared signal.

    Raises:
        ReceiverError: the receiver requires a parameter that the signal has no field for.
    """
    call = fit(parameters, fields, declared=fields)
    missing = unfilled(parameters, call, fields)
    if missing and not parameters.loose:
        msg = (
            f"cannot connect {describe_receiver(receiver)} to {signal.label}: it requires {', '.join(missing)}; "
            f"the signal offers {', '.join(fields) or 'no fields'}. Rename the parameter or give it a default"
        )
        raise ReceiverError(msg)
    return call


def _read_code(function: FunctionType, *, bound: bool) -> Parameters:
    code = function.__code__
    anything = bool(code.co_flags & VAR_KEYWORD)
    positional = code.co_varnames[int(bound) : code.co_argcount]
    if anything and len(positional) == 1 and not code.co_posonlyargcount and not code.co_kwonlyargcount:
        first = positional[0]
        if not function.__defaults__ and first not in _common and len(_common) < 256:  # noqa: PLR2004 - a bound
            _common[first] = Parameters(positional=True, first=first, names=_NONE, required=_NONE, anything=True)
        return _common.get(first) or Parameters(
            positional=True, first=first, names=_NONE, required=_NONE, anything=True
        )
    keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    positional_only = max(code.co_posonlyargcount - int(bound), 0)
    # The bound parameter may have a default too.
    with_default = set(positional[max(len(positional) - len(function.__defaults__ or ()), 0) :])
    with_default.update(function.__kwdefaults__ or ())
    return _parameters(
        positional,
        positional_only,
        keyword_only,
        with_default,
        star=bool(code.co_flags & VAR_POSITIONAL),
        anything=anything,
    )


def _read_signature(receiver: Receiver) -> Parameters:
    import inspect  # noqa: PLC0415 - costly to import, and the common receiver never needs it

    from portico.signals.inspecting import signature_of  # noqa: PLC0415 - as above

    try:
        signature, loose = signature_of(receiver)
    except Exception:  # noqa: BLE001 - the receiver's own code runs here: a proxy outside its context raises anything
        return _UNKNOWN
    parameters = signature.parameters.values()
    kinds = inspect.Parameter
    positional_only = [p.name for p in parameters if p.kind is kinds.POSITIONAL_ONLY]
    return _parameters(
        (*positional_only, *(p.name for p in parameters if p.kind is kinds.POSITIONAL_OR_KEYWORD)),
        len(positional_only),
        tuple(p.name for p in parameters if p.kind is kinds.KEYWORD_ONLY),
        {p.name for p in parameters if p.default is not kinds.empty},
        star=any(p.kind is kinds.VAR_POSITIONAL for p in parameters),
        anything=any(p.kind is kinds.VAR_KEYWORD for p in parameters),
    )._replace(loose=loose)


def _parameters(
    positional: tuple[str, ...],
    positional_only: int,
    keyword_only: tuple[str, ...],
    with_default: set[str],
    *,
    star: bool,
    anything: bool,
) -> Parameters:
    first = positional[0] if positional and not positional_only else None
    rest = (*positional[max(positional_only, 1) :], *keyword_only)
    # A positional-only parameter behind the sender can be filled by no field: the marked name matches none.
    out_of_reach = [f"{name} (positional-only)" for name in positional[1:positional_only] if name not in with_default]
    required = frozenset((*out_of_reach, *(name for name in rest if name not in with_default)))
    return Parameters(bool(positional) or star, first, frozenset(rest), required, anything)
