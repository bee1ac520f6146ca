"""Writes the `send` of a signal: one function in which the payload's names stand literally. Decides nothing.

Copying `**payload` for every receiver is what dominates a dispatch; `receiver(sender, total=total)`, made by `exec`,
copies nothing. Sends that are not plain (taps, coroutine receivers, receivers that take only part of the payload)
leave the generated function for `Signal`'s observed path.
"""

from __future__ import annotations

from keyword import iskeyword
from types import MethodType
from typing import TYPE_CHECKING, Any, Final

from portico.errors import Veto
from portico.signals.declaration import ISOLATE, REQUIRED, Declaration
from portico.signals.failures import note_cycle

if TYPE_CHECKING:
    from collections.abc import Callable

    from portico.signals.plan import Plan
    from portico.signals.registry import Registry

Results = list[tuple[Any, Any]]

# Every name that the generated code uses for itself starts so; a payload name that does takes the slow path.
_OURS: Final = "_portico_"
_WORTH_GENERATING: Final = 4
_MAX_LOOPS: Final = 512

_WALK = """\
    _portico_results = []
    try:
        for _portico_deref, _portico_function in _portico_plan:
            _portico_receiver = _portico_deref()
            if _portico_receiver is not None:
                if _portico_function is not None:
                    _portico_receiver = _portico_method(_portico_function, _portico_receiver)
                {call}
    except RecursionError as _portico_error:
        _portico_cycle(_portico_error, _portico_plan)
        raise
    return _portico_results
"""
_CALL = "_portico_results.append((_portico_receiver, _portico_receiver(_portico_sender{arguments})))"
_ISOLATED_CALL = """\
try:
                    _portico_value = _portico_receiver(_portico_sender{arguments})
                except _portico_passing:
                    raise
                except Exception as _portico_error:
                    _portico_value = _portico_failed(_portico_plan, _portico_receiver, _portico_error)
                _portico_results.append((_portico_receiver, _portico_value))"""
_SEND = """\
def send(_portico_sender=None, /{parameters}):
{guard}    _portico_plan = _portico_registry.plan
    if _portico_plan is None:
        _portico_plan = _portico_find(_portico_sender)
        if _portico_plan is None:
            return _portico_observed(_portico_sender, {{{payload}}})
{walk}"""
_LOOP = """\
def loop(_portico_plan, _portico_sender, /{parameters}):
{walk}"""

_loops: dict[tuple[str, ...], Callable[..., Results]] = {}


def declared_send(
    registry: Registry,
    declaration: Declaration,
    observed: Callable[[Any, dict[str, Any]], Results],
    failed: Callable[[Plan, Any, Exception], object],
) -> Callable[..., Results]:
    """Return the `send` of a declared signal: Python itself checks the payload's names.

    Args:
        registry: whose plans are walked.
        declaration: the fields, their defaults and the error policy.
        observed: sends that are not plain.
        failed: reports an isolated failure and returns what stands for it in the result.
    """
    label = registry.signal.label
    fields = declaration.fields
    if not all(map(_can_be_written, declaration.field_names)):
        return _written_by_hand(label, declaration, observed)
    namespace: dict[str, Any] = {f"_portico_default_{i}": field.default for i, field in enumerate(fields)}
    guard = ""
    parameters = "".join(
        f", {field.name}" + ("" if field.default is REQUIRED and not declaration.open else f"=_portico_default_{i}")
        for i, field in enumerate(fields)
    )
    if parameters:
        parameters = f", *{parameters}"
    payload = ", ".join(f"{field.name!r}: {field.name}" for field in fields)
    if declaration.open:
        parameters += ", **_portico_others"
        unfit = ["_portico_others", *(f"{f.name} is _portico_required" for f in fields if f.default is REQUIRED)]
        guard = (
            f"    if {' or '.join(unfit)}:\n"
            f"        return _portico_observed(_portico_sender, _portico_given({{{payload}}}, _portico_others))\n"
        )
    arguments = "".join(f", {field.name}={field.name}" for field in fields)
    call = (_ISOLATED_CALL if declaration.policy == ISOLATE else _CALL).format(arguments=arguments)
    source = _SEND.format(parameters=parameters, guard=guard, payload=payload, walk=_WALK.format(call=call))
    namespace |= {
        "_portico_registry": registry,
        "_portico_find": registry.find_declared,
        "_portico_observed": observed,
        "_portico_failed": failed,
        "_portico_given": _given,
        "_portico_required": REQUIRED,
        "_portico_passing": (RecursionError, Veto) if declaration.vetoable else RecursionError,
    }
    return _make("send", source, f"<portico: send of {label}>", f"{label}.send", namespace)


def _written_by_hand(
    label: str, declaration: Declaration, observed: Callable[[Any, dict[str, Any]], Results]
) -> Callable[..., Results]:
    def send(sender: object = None, /, **payload: Any) -> Results:
        return observed(sender, declaration.complete(payload, label))

    send.__qualname__ = f"{label}.send"
    return send


def undeclared_send(  # noqa: C901 - see `send`
    registry: Registry, observed: Callable[[Any, dict[str, Any]], Results]
) -> Callable[..., Results]:
    """Return the `send` of an undeclared signal, which takes any payload and lets exceptions out."""
    find = registry.find

    def send(  # noqa: C901 - in one piece, because a call more would cost what a receiver costs
        sender: object = None, /, **payload: Any
    ) -> Results:
        plan = registry.undeclared_plan
        if plan is None:
            if registry.fields is not None:
                return registry.signal.send(sender, **payload)
            plan = find(sender)
            if plan is None:
                return observed(sender, payload)
        if payload and not plan.firsts.isdisjoint(payload):
            return observed(sender, payload)
        if len(plan) >= _WORTH_GENERATING:
            loop = _loops.get(tuple(payload)) or _make_loop(tuple(payload))
            if loop is not None:
                return loop(plan, sender, **payload)
        results: Results = []
        try:
            for deref, function in plan:
                receiver = deref()
                if receiver is not None:
                    if function is not None:
                        receiver = MethodType(function, receiver)
                    results.append((receiver, receiver(sender, **payload)))
        except RecursionError as error:
            _note_cycle(error, plan)
            raise
        return results

    send.__qualname__ = f"{registry.signal.label}.send"
    return send


def _make_loop(names: tuple[str, ...]) -> Callable[..., Results] | None:
    """Return the loop for a payload of these names, or None where they cannot stand in generated code."""
    if len(_loops) >= _MAX_LOOPS or not all(map(_can_be_written, names)):
        return None
    parameters = "".join(f", {name}" for name in names)
    if parameters:
        parameters = f", *{parameters}"
    call = _CALL.format(arguments="".join(f", {name}={name}" for name in names))
    source = _LOOP.format(parameters=parameters, walk=_WALK.format(call=call))
    title = f"<portico: send of ({', '.join(names)})>"
    loop = _loops[names] = _make("loop", source, title, "portico.send", {})
    return loop


def _can_be_written(name: str) -> bool:
    # `exec` normalises non-ASCII identifiers, so that another name would arrive than was sent.
    return (
        type(name) is str
        and name.isascii()
        and name.isidentifier()
        and not iskeyword(name)
        and not name.startswith(_OURS)
    )


def _note_cycle(error: RecursionError, plan: Plan) -> None:
    note_cycle(error, plan.entries[0][0].registry.signal.label)


def _given(payload: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if value is not REQUIRED} | others


def _make(name: str, source: str, title: str, qualname: str, namespace: dict[str, Any]) -> Callable[..., Results]:
    namespace |= {"_portico_method": MethodType, "_portico_cycle": _note_cycle}
    exec(compile(source, title, "exec"), namespace)  # noqa: S102 - our own template over checked names
    import linecache  # noqa: PLC0415 - costly to import, and not needed before the first declaration

    # A traceback through the function shows its lines.
    linecache.cache[title] = (len(source), None, source.splitlines(keepends=True), title)
    function: Callable[..., Results] = namespace[name]
    function.__qualname__ = qualname  # Python's own TypeError for a misspelt field then names the signal.
    return function
