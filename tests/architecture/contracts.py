"""Holds the house to the rules that import-linter ships no contract for, with `make check`."""

import sys
from collections.abc import Iterator
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class _DirectImportsContract(Contract):
    """A contract that judges each direct import on its own, of whichever product."""

    house: Any = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = sorted(
            (importer, imported) for importer, imported in _imports(graph) if not self.allows(importer, imported)
        )
        lines = [_where(graph, importer, imported) for importer, imported in broken]
        return ContractCheck(kept=not broken, metadata={"broken": lines})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["broken"]:
            output.print_error(line, bold=False)
        output.new_line()

    def allows(self, importer: str, imported: str) -> bool:
        """Whether the module `importer` may import the module `imported`."""
        raise NotImplementedError


class FrontDoorContract(_DirectImportsContract):
    """A room of the house is imported as a whole by whoever is outside; a room of adapters, one adapter at a time."""

    type_name = "front_door"

    adapters: Any = fields.ListField(subfield=fields.StringField())

    def allows(self, importer: str, imported: str) -> bool:
        if not _is_in(imported, self.house) or imported == self.house:
            return True
        room = _first(imported, self.house.count(".") + 2)
        if _is_in(importer, room) or imported == room:
            return True
        return room in self.adapters and imported == _first(imported, room.count(".") + 2)


class StandardLibraryOnlyContract(_DirectImportsContract):
    """The named rooms, and the root of the house, import nothing that has to be installed; some modules may."""

    type_name = "standard_library_only"

    rooms: Any = fields.ListField(subfield=fields.StringField())
    with_extra: Any = fields.ListField(subfield=fields.StringField(), required=False)
    """The modules of these rooms that need an extra, and that nobody imports before they are asked for."""

    def allows(self, importer: str, imported: str) -> bool:
        if self.with_extra and importer in self.with_extra:
            return True
        core = importer == self.house or any(_is_in(importer, room) for room in self.rooms)
        return not core or _is_in(imported, self.house) or _first(imported, 1) in sys.stdlib_module_names


def _imports(graph: ImportGraph) -> Iterator[tuple[str, str]]:
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            yield importer, imported


def _where(graph: ImportGraph, importer: str, imported: str) -> str:
    details = graph.get_import_details(importer=importer, imported=imported)
    lines = ", ".join(str(detail["line_number"]) for detail in details)
    return f"- {importer} -> {imported} (l.{lines})"


def _first(module: str, parts: int) -> str:
    return ".".join(module.split(".")[:parts])


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
