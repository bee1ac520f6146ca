"""Declares the signals of this plugin, to which other plugins subscribe by import or by name."""

import portico.toolkit as tk

login_guard = tk.Namespace("login_guard")


@login_guard.signal(policy="isolate")
def guessing_suspected(name_as_typed: str, /, *, failures: int, seconds: float) -> None:
    """Sent when sign-ins for one name have failed too often; not again before it was quiet, or somebody signed in.

    Args:
        name_as_typed: the sender; it need not be anybody's name.
        failures: how many there were.
        seconds: within which time.
    """
