"""Writes CKAN extensions to disk as they are published, and runs programs beside which they are installed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

PKG_RESOURCES = "__import__('pkg_resources').declare_namespace(__name__)\n"
EITHER = """
try:
    import pkg_resources
    pkg_resources.declare_namespace(__name__)
except ImportError:
    import pkgutil
    __path__ = pkgutil.extend_path(__path__, __name__)
"""

BEGIN = """
import portico.compat.ckan
portico.compat.ckan.install()
import ckan.plugins as p
import ckan.plugins.toolkit as tk
"""


@dataclass
class Extensions:
    """Extensions in folders of their own."""

    folder: Path
    installed: list[Path] = field(default_factory=list)

    def add(
        self,
        name: str,
        plugin: str,
        *,
        entry_points: Mapping[str, str] | None = None,
        group: str = "ckan.plugins",
        namespace: str | None = EITHER,
        **modules: str,
    ) -> None:
        """Install `ckanext-<name>` with `ckanext/<name>/plugin.py`, and more modules: `logic__action="..."`."""
        root = self.folder / f"ckanext-{name}"
        package = root / "ckanext" / name
        sources = {"plugin": plugin, **modules}
        for module, source in sources.items():
            *folders, last = module.split("__")
            file = package.joinpath(*folders, f"{last}.py")
            file.parent.mkdir(parents=True, exist_ok=True)
            (file.parent / "__init__.py").touch()
            file.write_text(dedent(source))
        (package / "__init__.py").touch()
        if namespace is not None:
            (root / "ckanext" / "__init__.py").write_text(namespace)
        points = entry_points or {name: f"ckanext.{name}.plugin:{name.title()}Plugin"}
        self._announce(root, name, group, points)
        self.installed.append(root)

    def _announce(self, root: Path, name: str, group: str, points: Mapping[str, str]) -> None:
        info = root / f"ckanext_{name}-1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        facts = ["Metadata-Version: 2.1", f"Name: ckanext-{name}", "Version: 1.0", "Author: Somebody"]
        (info / "METADATA").write_text("\n".join(facts) + "\n")
        lines = [f"{point} = {value}" for point, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]) + "\n")

    def run(self, program: str, *options: str, path: tuple[Path, ...] = (), begin: str = BEGIN) -> str:
        """Run a program where the extensions are installed and CKAN stood in for; return what it prints."""
        finished = self.attempt(program, *options, path=path, begin=begin)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def attempt(
        self, program: str, *options: str, path: tuple[Path, ...] = (), begin: str = BEGIN
    ) -> subprocess.CompletedProcess[str]:
        """Do the same, and return how it went."""
        places = [str(each) for each in (*self.installed, *path)]
        return subprocess.run(
            [sys.executable, "-W", "error", *options, "-c", begin + dedent(program)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
