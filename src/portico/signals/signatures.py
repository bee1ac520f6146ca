"""Reads what a receiver takes and gives, and decides, once, how it is called."""

from __future__ import annotations

import sys
from functools import cache, lru_cache, partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from portico.signals.receivers import Receiver, function_of

if TYPE_CHECKING:
    from collections.abc import Callable

_VAR_POSITIONAL: Final = 0x04
_VAR_KEYWORD: Final = 0x08
_COROUTINE: Final = 0x80
_GENERATOR: Final = 0x20 | 0x200
_ITERABLE_COROUTINE: Final = 0x100

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
    generator: bool = False
    """Whether the call runs nothing: its body waits for somebody to iterate."""


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
    """Return what the receiver takes and gives; a receiver without a readable signature takes everything."""
    is_method = type(receiver) is MethodType
    function = receiver.__func__ if is_method else receiver  # type: ignore[attr-defined]
    # By these attributes a decorated function points at the signature that it really has. Asked so, because a
    # function that is asked for its `__dict__` has one from then on, of 64 bytes.
    if type(function) is not FunctionType or (
        (hasattr(function, "__wrapped__") or hasattr(function, "__signature__"))
        and _passes_on(function, bound=is_method)
    ):
        return _read_signature(receiver)._replace(
            coroutine=_may_give_coroutine(receiver), generator=is_generator_function(receiver)
        )
    code = function.__code__
    flags, arguments = code.co_flags, code.co_argcount - is_method
    if arguments == 1 and flags & _VAR_KEYWORD and not code.co_posonlyargcount and not code.co_kwonlyargcount:
        first = code.co_varnames[is_method]
        parameters = _common.get(first) or Parameters(True, first, _NONE, _NONE, anything=True)
        if len(_common) < 256:  # noqa: PLR2004 - a bound
            _common[first] = parameters
    else:
        parameters = _read_code(function, bound=is_method)
    coroutine = bool(flags & (_COROUTINE | _ITERABLE_COROUTINE)) or _marked_as_coroutine(function)
    generator = bool(flags & _GENERATOR) and not flags & _ITERABLE_COROUTINE
    return parameters._replace(coroutine=coroutine, generator=generator) if coroutine or generator else parameters


@lru_cache(1024)  # Senders may make names up.
def fit(parameters: Parameters, fields: tuple[str, ...], *, declared: tuple[str, ...] = ()) -> Call:
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
    return STANDARD_CALL if parameters.loose and _unfilled(parameters, call, fields) else call


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


def unfilled(parameters: Parameters, fields: tuple[str, ...]) -> list[str]:
    """Return the parameters, sorted, that a receiver requires and that a signal with these fields has no value for."""
    if parameters.loose or not parameters.required:
        return []
    return _unfilled(parameters, fit(parameters, fields, declared=fields), fields)


def _unfilled(parameters: Parameters, call: Call, fields: tuple[str, ...]) -> list[str]:
    filled = set(fields)
    if call.sender is BY_KEYWORD:
        filled.add("sender")
    return sorted(parameters.required - filled)


def _read_code(function: FunctionType, *, bound: bool) -> Parameters:
    code = function.__code__
    anything = bool(code.co_flags & _VAR_KEYWORD)
    positional = code.co_varnames[int(bound) : code.co_argcount]
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
        star=bool(code.co_flags & _VAR_POSITIONAL),
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


# -- whether it gives something to await ---------------------------------------------------------------------------


def is_coroutine_function(receiver: object) -> bool:
    """Tell whether calling the receiver gives a coroutine: `async def`, partials of it, async `__call__`."""
    function = function_of(receiver)
    if function is not None and (
        function.__code__.co_flags & (_COROUTINE | _ITERABLE_COROUTINE) or _marked_as_coroutine(function)
    ):
        return True
    if function is receiver:
        return False
    while type(receiver) is partial:
        receiver = receiver.func
    if hasattr(type(receiver), "_self_wrapper"):
        return is_coroutine_function(receiver.__wrapped__)  # type: ignore[attr-defined]
    return _marked_as_coroutine(receiver)


def _may_give_coroutine(receiver: object) -> bool:
    """Tell whether calling the receiver may give a coroutine, as a wrapper's call may if what it wraps gives one."""
    seen: set[int] = set()
    while not is_coroutine_function(receiver):
        function = function_of(receiver)
        if function is None or not _passes_on(function, bound=type(receiver) is not FunctionType):
            return False
        receiver = _own(function if type(receiver) is MethodType else receiver).get("__wrapped__")
        if id(receiver) in seen:
            return False
        seen.add(id(receiver))
    return True


def gives_coroutine(receiver: object) -> bool:
    """Tell whether a coroutine function is an `async def`; any other may give any awaitable, or none after all."""
    function = function_of(receiver)
    return function is not None and bool(function.__code__.co_flags & _COROUTINE)


def is_generator_function(receiver: object) -> bool:
    """Tell whether calling the receiver runs nothing of it: its body waits for somebody to iterate."""
    function = function_of(receiver)
    if function is None:
        return False
    flags = function.__code__.co_flags
    return bool(flags & _GENERATOR) and not flags & _ITERABLE_COROUTINE


def _own(receiver: object) -> dict[str, Any]:
    """Return what is written in an object itself, without running any code of its own."""
    try:
        own: dict[str, Any] = object.__getattribute__(receiver, "__dict__")
    except AttributeError:
        return {}
    return own


def _marked_as_coroutine(receiver: object) -> bool:
    """Tell whether `inspect.markcoroutinefunction` or asyncio marked it (AsyncMock does so to itself)."""
    # Nobody can have set a mark without having imported the module that it comes from.
    of_asyncio = getattr(sys.modules.get("asyncio.coroutines"), "_is_coroutine", None)
    marks = [] if of_asyncio is None else [("_is_coroutine", of_asyncio)]
    mark = getattr(sys.modules.get("inspect"), "markcoroutinefunction", None)  # From Python 3.12 on.
    if mark is not None:
        marks.append(_mark_left_by(mark))
    for name, value in marks:
        # A function is not asked for its `__dict__`, as in `read_parameters`.
        found = getattr(receiver, name, None) if type(receiver) is FunctionType else _own(receiver).get(name)
        if found is value:
            return True
    return False


@cache
def _mark_left_by(mark: Callable[[Any], Any]) -> tuple[str, object]:
    # Tried, because the names behind this function are nobody's business, and differ between versions.
    ((name, value),) = vars(mark(lambda: None)).items()
    return name, value


def _passes_on(function: FunctionType, *, bound: bool) -> bool:
    """Tell whether a function takes `*args, **kwargs` and nothing else, besides the object that it is bound to."""
    code = function.__code__
    both = _VAR_POSITIONAL | _VAR_KEYWORD
    return code.co_flags & both == both and code.co_argcount <= int(bound) and not code.co_kwonlyargcount
