"""Writes the sends of a signal: functions in which the payload's names stand literally.

Copying `**payload` for every receiver is what dominates a dispatch; `receiver(sender, total=total)`, made by `exec`,
copies nothing. Sends that are not plain (taps, receivers that take only part of the payload, coroutine receivers where
nobody awaits them) leave the generated function for `Signal`'s observed path.
"""

from __future__ import annotations

from keyword import iskeyword
from types import CoroutineType, MethodType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from portico.signals.declaration import REQUIRED, Declaration
from portico.signals.isolation import leaves_plan
from portico.signals.plan import Results, without_holes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from portico.signals.registry import Registry

Send = TypeVar("Send", bound="Callable[..., Any]")

# Every name that the generated code uses for itself starts so; a payload name that does takes the slow path.
_OURS: Final = "_portico_"

_WALK: Final = """\
    _portico_results = []
    _portico_held = _portico_plan.held
    if _portico_held is not None:
        for _portico_receiver in _portico_held:
            try:
                {call}
            except _portico_exception as _portico_error:
                if _portico_leaves(_portico_plan, _portico_receiver, _portico_error, _portico_results):
                    raise
        return _portico_without_holes(_portico_results) if _portico_plan.holed else _portico_results
    for _portico_deref, _portico_function in _portico_plan:
        _portico_receiver = _portico_deref()
        if _portico_receiver is not None:
            if _portico_function is not None:
                _portico_receiver = _portico_method(_portico_function, _portico_receiver)
            try:
                {call}
            except _portico_exception as _portico_error:
                if _portico_leaves(_portico_plan, _portico_receiver, _portico_error, _portico_results):
                    raise
    return _portico_results
"""
_CALL: Final = "_portico_receiver({sender}{arguments})"
_SENDER: Final = "_portico_sender"
_PLAIN: Final = ("_portico_results.append((_portico_receiver, {call}))",)
_AWAITED: Final = (
    "_portico_value = {call}",
    "if _portico_value is not None and (",
    "    _portico_type(_portico_value) is _portico_coroutine or _portico_is_coroutine(_portico_value)",
    "):",
    "    _portico_value = await _portico_value",
    "_portico_results.append((_portico_receiver, _portico_value))",
)

_SEND: Final = """\
def send({sender}{optional}, /{parameters}):
    if {unfit}:
        return _portico_observed({sender}, _portico_given({{{payload}}}, _portico_others))
    _portico_plan = _portico_registry.plan
    if _portico_plan is None:
        _portico_plan = _portico_route(
            {sender} if _portico_type({sender}) is _portico_str else _portico_id({sender})
        )
        if _portico_plan is None:
            _portico_plan = _portico_find({sender})
            if _portico_plan is None:
                return _portico_observed({sender}, {{{payload}}})
    if not _portico_plan:
        return []
{walk}"""
_SEND_ASYNC: Final = """\
async def send_async({sender}{optional}, /{parameters}):
    if {unfit}:
        return await _portico_observed({sender}, _portico_given({{{payload}}}, _portico_others), {concurrent})
    _portico_plan = None if {concurrent} else _portico_find({sender})
    if _portico_plan is None:
        return await _portico_observed({sender}, {{{payload}}}, {concurrent})
{walk}"""
_LOOP: Final = """\
{kind} loop(_portico_plan, _portico_sender, _portico_payload, /):
{fields}{walk}"""

_MAX_LOOPS: Final = 512

_loops: dict[tuple[str, ...], Callable[..., Results]] = {}
_async_loops: dict[tuple[str, ...], Callable[..., Awaitable[Results]]] = {}


def declared_send(
    registry: Registry, declaration: Declaration, observed: Callable[[Any, dict[str, Any]], Results]
) -> Callable[..., Results]:
    """Return the `send` of a declared signal: Python itself checks the payload's names.

    Args:
        registry: whose plans are walked.
        declaration: the fields and their defaults.
        observed: sends that are not plain.
    """
    label = registry.signal.label
    if not all(map(_can_be_written, declaration.field_names)):

        def by_hand(sender: object = REQUIRED, /, **payload: Any) -> Results:
            return observed(*declaration.checked(sender, payload, label))

        by_hand.__qualname__ = f"{label}.send"
        return by_hand

    names = _names(registry, declaration) | {
        "_portico_route": registry.routes.get,
        "_portico_find": registry.find_declared,
        "_portico_observed": observed,
    }
    source = _SEND.format(walk=_walk(declaration, awaits=False), **_parts(declaration, first=""))
    send: Callable[..., Results] = _make("send", source, f"<portico: send of {label}>", f"{label}.send", names)
    return _documented(send, declaration, f"Call the receivers of {label}, here and now, in order.")


def declared_send_async(
    registry: Registry,
    declaration: Declaration,
    observed: Callable[[Any, dict[str, Any], bool], Awaitable[Results]],
) -> Callable[..., Awaitable[Results]]:
    """Return the `send_async` of a declared signal. Takes what `declared_send` does."""
    label = registry.signal.label
    is_field = "concurrent" in declaration.field_names
    if not all(map(_can_be_written, declaration.field_names)):

        async def by_hand(sender: object = REQUIRED, /, **payload: Any) -> Results:
            concurrent = False if is_field else payload.pop("concurrent", False)
            return await observed(*declaration.checked(sender, payload, label), concurrent)

        by_hand.__qualname__ = f"{label}.send_async"
        return by_hand

    names = _names(registry, declaration) | {
        "_portico_find": registry.find_awaitable,
        "_portico_observed": observed,
    }
    parts = _parts(declaration, first="" if is_field else "concurrent=False")
    parts["concurrent"] = "False" if is_field else "concurrent"
    source = _SEND_ASYNC.format(walk=_walk(declaration, awaits=True), **parts)
    send_async: Callable[..., Awaitable[Results]] = _make(
        "send_async", source, f"<portico: send_async of {label}>", f"{label}.send_async", names
    )
    return _documented(send_async, declaration, f"Call the receivers of {label} in order, awaiting coroutines.")


def undeclared_send(  # noqa: C901 - one function, because every call in it would be paid by every send
    registry: Registry, observed: Callable[[Any, dict[str, Any]], Results]
) -> Callable[..., Results]:
    """Return the `send` of an undeclared signal, which takes any payload."""
    find, route = registry.find_undeclared, registry.undeclared_routes.get

    def send(sender: object = None, /, **payload: Any) -> Results:  # noqa: C901, PLR0912 - as above
        """Call the receivers, here and now, in order."""
        # The plan and the results are called as in generated code, so that tracebacks can be read alike.
        _portico_plan = registry.undeclared_plan
        if _portico_plan is None:
            _portico_plan = route(sender if type(sender) is str else id(sender)) or find(sender)
            if _portico_plan is None:
                return observed(sender, payload) if registry.fields is None else registry.signal.send(sender, **payload)
        if not _portico_plan:
            return []
        if _portico_plan.first in payload or (_portico_plan.firsts and not _portico_plan.firsts.isdisjoint(payload)):
            return observed(sender, payload)
        if _portico_plan.long:
            names = tuple(payload)
            loop = _loops.get(names) or _make_loop(_loops, names, awaits=False)
            if loop is not None:
                return loop(_portico_plan, sender, payload)
        _portico_results: Results = []
        held = _portico_plan.held
        if held is not None:
            for receiver in held:
                try:
                    _portico_results.append((receiver, receiver(sender, **payload)))
                except BaseException as error:
                    if leaves_plan(_portico_plan, receiver, error, _portico_results):
                        raise
            return without_holes(_portico_results) if _portico_plan.holed else _portico_results
        for deref, function in _portico_plan:
            receiver = deref()
            if receiver is not None:
                if function is not None:
                    receiver = MethodType(function, receiver)
                try:
                    _portico_results.append((receiver, receiver(sender, **payload)))
                except BaseException as error:
                    if leaves_plan(_portico_plan, receiver, error, _portico_results):
                        raise
        return _portico_results

    send.__qualname__ = f"{registry.signal.label}.send"
    return send


def undeclared_send_async(
    registry: Registry, observed: Callable[[Any, dict[str, Any], bool], Awaitable[Results]]
) -> Callable[..., Awaitable[Results]]:
    """Return the `send_async` of an undeclared signal."""

    async def send_async(sender: object = None, /, *, concurrent: bool = False, **payload: Any) -> Results:
        """Call the receivers in order, awaiting coroutines."""
        if registry.fields is not None:
            return await registry.signal.send_async(sender, concurrent=concurrent, **payload)
        plan = None if concurrent else registry.find_awaitable(sender)
        if plan is not None and plan.first not in payload and plan.firsts.isdisjoint(payload):
            names = tuple(payload)
            loop = _async_loops.get(names) or _make_loop(_async_loops, names, awaits=True)
            if loop is not None:
                return await loop(plan, sender, payload)
        return await observed(sender, payload, concurrent)

    send_async.__qualname__ = f"{registry.signal.label}.send_async"
    return send_async


def _make_loop(loops: dict[tuple[str, ...], Any], names: tuple[str, ...], *, awaits: bool) -> Any:
    """Return the loop for a payload of these names, or None where they cannot stand in generated code."""
    if len(loops) >= _MAX_LOOPS or not all(map(_can_be_written, names)):
        return None
    # Handing the mapping on and taking it apart costs less than unpacking it into another call.
    fields = "".join(f"    {name} = _portico_payload[{name!r}]\n" for name in names)
    arguments = "".join(f", {name}={name}" for name in names)
    call = _CALL.format(sender=_SENDER, arguments=arguments)
    source = _LOOP.format(
        kind="async def" if awaits else "def",
        fields=fields,
        walk=_walk_of(call, awaits=awaits),
    )
    title = f"<portico: {'send_async' if awaits else 'send'} of ({', '.join(names)})>"
    loop = loops[names] = _make("loop", source, title, "portico.send", {})
    return loop


def _walk(declaration: Declaration, *, awaits: bool) -> str:
    arguments = "".join(f", {name}={name}" for name in declaration.field_names)
    return _walk_of(_CALL.format(sender=_sender(declaration), arguments=arguments), awaits=awaits)


def _sender(declaration: Declaration) -> str:
    """Return what the sender is called: for Python's own word on one that is passed by keyword, so."""
    return _SENDER if "sender" in declaration.field_names else "sender"


def _parts(declaration: Declaration, *, first: str) -> dict[str, str]:
    """Return what `_SEND` and `_SEND_ASYNC` say of the payload; `first` is a parameter before its fields."""
    parameters = [first] if first else []
    parameters += [
        field.name + ("" if field.default is REQUIRED and not declaration.open else f"=_portico_default_{i}")
        for i, field in enumerate(declaration.fields)
    ]
    payload = ", ".join(f"{name!r}: {name}" for name in declaration.field_names)
    unfit = "False"
    if declaration.open:
        required = [field.name for field in declaration.fields if field.default is REQUIRED]
        unfit = " or ".join(["_portico_others", *(f"{name} is _portico_required" for name in required)])
    return {
        "sender": _sender(declaration),
        "optional": "=None" if declaration.open else "",
        "parameters": (f", *, {', '.join(parameters)}" if parameters else "")
        + (", **_portico_others" if declaration.open else ""),
        "payload": payload,
        "unfit": unfit,
    }


def _names(registry: Registry, declaration: Declaration) -> dict[str, Any]:
    return {f"_portico_default_{i}": field.default for i, field in enumerate(declaration.fields)} | {
        "_portico_registry": registry,
        "_portico_given": _given,
        "_portico_required": REQUIRED,
    }


def _documented(send: Send, declaration: Declaration, first: str) -> Send:
    """Let editors and `help` show what the declaration says."""
    send.__doc__ = f"{first}\n\n{declaration.doc}".strip()
    hints = {_sender(declaration): declaration.sender} | {field.name: field.annotation for field in declaration.fields}
    send.__annotations__ = {name: hint for name, hint in hints.items() if hint is not None} | {"return": Results}
    return send


def _given(payload: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if value is not REQUIRED} | others


def _walk_of(call: str, *, awaits: bool) -> str:
    """Return the code that walks a plan."""
    lines = _AWAITED if awaits else _PLAIN
    return _WALK.format(call="\n                ".join(lines).format(call=call))


def _can_be_written(name: str) -> bool:
    """Tell whether a payload name can stand in generated code."""
    # `exec` normalises non-ASCII identifiers, so that another name would arrive than was sent.
    return (
        type(name) is str
        and name.isascii()
        and name.isidentifier()
        and not iskeyword(name)
        and not name.startswith(_OURS)
    )


def _make(name: str, source: str, title: str, qualname: str, names: dict[str, Any]) -> Any:
    """Return the function called `name` of a source, which is what tracebacks through it show."""
    import linecache  # noqa: PLC0415 - brings the tokenizer, which who only imports Portico has no use for

    names |= {
        "__name__": __name__,  # By which it is known whose code it is.
        "_portico_method": MethodType,
        "_portico_exception": BaseException,
        "_portico_leaves": leaves_plan,
        "_portico_without_holes": without_holes,
        # A field may be called `type` or `id`.
        "_portico_type": type,
        "_portico_str": str,
        "_portico_id": id,
    }
    if "await " in source:
        from asyncio import iscoroutine  # noqa: PLC0415 - imports asyncio

        names |= {"_portico_coroutine": CoroutineType, "_portico_is_coroutine": iscoroutine}
    exec(compile(source, title, "exec"), names)  # noqa: S102 - our own template over checked names
    # A traceback through the function shows its lines.
    linecache.cache[title] = (len(source), None, source.splitlines(keepends=True), title)
    function = names[name]
    function.__qualname__ = qualname  # Python's own TypeError for a misspelt field then names the signal.
    return function
