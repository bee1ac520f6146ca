"""`portico --help`, which is asked for most and needs least."""

import subprocess
import sys

from portico.cli import COMMANDS

HEAVY = {"flask", "rich", "sqlalchemy", "tomllib", "portico.host", "portico.plugins", "asyncio"}


def test_every_command_is_named_and_nothing_that_it_needs_is_imported() -> None:
    program = (
        "import sys\nfrom portico.cli import cli\n"
        "try:\n    cli(['--help'])\nexcept SystemExit:\n    print(*sorted(sys.modules), file=sys.stderr)"
    )

    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert all(f"\n  {name} " in finished.stdout for name in COMMANDS)
    assert not HEAVY & set(finished.stderr.split())
