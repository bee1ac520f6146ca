"""Lets commands print whatever there is to print: what a stream cannot encode becomes something plainer."""

import codecs
import io
import sys

# One sign for one sign: columns stay where they are.
_PLAINER = str.maketrans("✓✗≠·…–—‘’“”→│─", "+x~-.--''\"\">|-")  # noqa: RUF001 - these very signs
_HANDLER = "portico.plainer"


def print_plainer_where_needed() -> None:
    """Make the standard streams print everything, a plainer sign or an escape where theirs has no such character."""
    codecs.register_error(_HANDLER, _plainer)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def can_print_all(stream: object) -> bool:
    """Tell whether a stream takes every character."""
    try:
        return codecs.lookup(getattr(stream, "encoding", None) or "utf-8").name.startswith("utf")
    except LookupError:
        return False


def _plainer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    refused = error.object[error.start : error.end]
    plain = refused.translate(_PLAINER)
    return plain.encode("ascii", "backslashreplace").decode("ascii"), error.end
