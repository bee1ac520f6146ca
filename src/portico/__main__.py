"""Runs the command `portico`, or says in one line what to install for it: `python -m portico`."""

import sys

from portico.errors import MissingExtraError


def main() -> None:
    """Run one command and exit; see `portico.cli`."""
    try:
        from portico.cli import main as run  # noqa: PLC0415 - needs an extra
    except MissingExtraError as error:
        sys.exit(f"Error: the command needs more than Portico itself: {error}")
    run()


if __name__ == "__main__":
    main()
