"""Declares the signals of tables, in whatever namespace they are to stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portico.signals import Namespace, Signal


def pre_create(cls: type[Any], /, *, instance: Any) -> None:
    """Sent in the flush that creates a row, before its SQL. `Veto` rolls the transaction back."""


def pre_modify(cls: type[Any], /, *, instance: Any, changes: Mapping[str, tuple[Any, Any]]) -> None:
    """Sent in the flush that changes a row, before its SQL. `Veto` rolls the transaction back.

    `changes` is `{attribute: (old, new)}`; of a membership, `(who left, who joined)`. What only the database computes
    is not in it yet.
    """


def pre_delete(cls: type[Any], /, *, instance: Any) -> None:
    """Sent in the flush that deletes a row, before its SQL. `Veto` rolls the transaction back."""


def post_create(cls: type[Any], /, *, instance: Any) -> None:
    """Sent after the commit of a row that was not there before."""


def post_modify(cls: type[Any], /, *, instance: Any, changes: Mapping[str, tuple[Any, Any]]) -> None:
    """Sent after the commit of a row that was changed.

    `changes` is what the transaction came to: `{attribute: (old, new)}`; of a membership, `(who left, who joined)`.
    """


def post_delete(cls: type[Any], /, *, instance: Any) -> None:
    """Sent after the commit in which a row went. `instance` holds what it held; nothing more can be loaded."""


def bulk_modify(cls: type[Any], /, *, keys: tuple[tuple[Any, ...], ...], values: Mapping[str, Any]) -> None:
    """Sent after the commit of a bulk `update()` that is not sent row by row.

    `keys` are the primary keys of its rows; `values` is what it assigned, by attribute: values, or SQL expressions.
    """


def bulk_delete(cls: type[Any], /, *, keys: tuple[tuple[Any, ...], ...], values: Mapping[str, Any]) -> None:
    """Sent after the commit of a bulk `delete()` that is not sent row by row; `values` is empty."""


_STUBS: Final[tuple[tuple[Callable[..., None], bool], ...]] = (
    (pre_create, True),
    (pre_modify, True),
    (pre_delete, True),
    (post_create, False),
    (post_modify, False),
    (post_delete, False),
    (bulk_modify, False),
    (bulk_delete, False),
)


def declare(namespace: Namespace) -> dict[str, Signal[...]]:
    """Declare the signals in a namespace, unless they are already; return them by name.

    Raises:
        DeclarationError: the namespace has another signal of one of these names.
    """
    for stub, vetoable in _STUBS:
        known = namespace.get(stub.__name__)
        # Declaring again would disconnect what this module has connected; there is nothing new to say.
        if known is None or known.declaration is None or known.declaration.stub is not stub:
            namespace.signal(vetoable=vetoable, since="0.2")(stub)
    return {stub.__name__: namespace[stub.__name__] for stub, _ in _STUBS}
