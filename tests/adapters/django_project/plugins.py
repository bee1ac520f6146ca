"""Makes the host of the project, with its plugin."""

import os
import sys
from pathlib import Path
from typing import Any

from portico import IPluginBootstrap, Plugin, Portico, implements


class Audit(Plugin):
    """Writes down in which processes it is enabled."""

    implements(IPluginBootstrap)
    name = "project_audit"

    def bootstrap(self) -> None:
        with (Path(os.environ["PROJECT_FOLDER"]) / "enabled.txt").open("a") as file:
            print(*sys.argv[1:2], file=file)


def make_host(**options: Any) -> Portico:
    """Return a new host of the project."""
    return Portico(plugins=[Audit], **options)
