"""How much of a plugin is borne before something is done or said about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one host."""

    failures_in_a_row: int | None = 5
    """A receiver that fails so often without a success in between has its plugin quarantined; None: never."""
    window_seconds: float = 600
    """So many failures within this time are too many as well, whatever succeeds in between; 0: only those in a row."""
    probation_receptions: int = 10
    """How many good receptions end a probation. During it, the first failure quarantines again."""
    slow_seconds: float | None = None
    """Receivers that take longer are noted with their plugin. None: nobody looks, which makes sends faster."""
    watch_payloads: bool = False
    """Whether receivers that change a payload are noted with their plugin; takes every send off the fast path."""
    subscriptions: int = 1000
    """More subscriptions than this are noted with the plugin."""

    def __post_init__(self) -> None:
        """Refuse limits that would quarantine or note everything.

        Raises:
            ValueError: a limit is below what can be counted.
        """
        for name in ("failures_in_a_row", "probation_receptions", "subscriptions"):
            value = getattr(self, name)
            if value is not None and value < 1:
                msg = f"the limit {name} is {value}; use 1 or more"
                raise ValueError(msg)
