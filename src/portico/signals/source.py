"""The templates of generated sends, and what makes functions of them. Knows no signal."""

from __future__ import annotations

from keyword import iskeyword
from types import CoroutineType, MethodType
from typing import Any, Final

from portico.signals.isolation import leaves_plan

# Every name that the generated code uses for itself starts so; a payload name that does takes the slow path.
_OURS: Final = "_portico_"

_WALK: Final = """\
    _portico_results = []
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
CALL: Final = "_portico_receiver({sender}{arguments})"
SENDER: Final = "_portico_sender"
_PLAIN: Final = ("_portico_results.append((_portico_receiver, {call}))",)
_AWAITED: Final = (
    "_portico_value = {call}",
    "if _portico_value is not None and (",
    "    _portico_type(_portico_value) is _portico_coroutine or _portico_is_coroutine(_portico_value)",
    "):",
    "    _portico_value = await _portico_value",
    "_portico_results.append((_portico_receiver, _portico_value))",
)

SEND: Final = """\
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
SEND_ASYNC: Final = """\
async def send_async({sender}{optional}, /{parameters}):
    if {unfit}:
        return await _portico_observed({sender}, _portico_given({{{payload}}}, _portico_others), {concurrent})
    _portico_plan = None if {concurrent} else _portico_find({sender})
    if _portico_plan is None:
        return await _portico_observed({sender}, {{{payload}}}, {concurrent})
{walk}"""
LOOP: Final = """\
{kind} loop(_portico_plan, _portico_sender, _portico_payload, /):
{fields}{walk}"""


def walk(call: str, *, awaits: bool) -> str:
    """Return the code that walks a plan."""
    lines = _AWAITED if awaits else _PLAIN
    return _WALK.format(call="\n                ".join(lines).format(call=call))


def can_be_written(name: str) -> bool:
    """Tell whether a payload name can stand in generated code."""
    # `exec` normalises non-ASCII identifiers, so that another name would arrive than was sent.
    return (
        type(name) is str
        and name.isascii()
        and name.isidentifier()
        and not iskeyword(name)
        and not name.startswith(_OURS)
    )


def make(name: str, source: str, title: str, qualname: str, names: dict[str, Any]) -> Any:
    """Return the function called `name` of a source, which is what tracebacks through it show."""
    import linecache  # noqa: PLC0415 - brings the tokenizer, which who only imports Portico has no use for

    names |= {
        "__name__": __name__,  # By which it is known whose code it is.
        "_portico_method": MethodType,
        "_portico_exception": BaseException,
        "_portico_leaves": leaves_plan,
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
