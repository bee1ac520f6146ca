"""Shows plugins in a terminal: data on standard output, messages on standard error."""

import json
import sys
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape as escape_markup
from rich.table import Table

from portico.cli.plugins.switching import Switched
from portico.cli.plugins.view import PluginView
from portico.cli.terminal import can_print_all
from portico.signals import one_line

# A word goes with each: the sign alone would not be read aloud, nor the colour seen by everybody.
SIGNS = {
    "enabled": ("✓", "green"),
    "disabled": ("·", "dim"),
    "failed": ("✗", "red"),
    "quarantined": ("!", "yellow"),
    "differs": ("≠", "yellow"),
    "missing": ("?", "red"),
}
NARROWEST = 100


def out() -> Console:
    """Where data goes. What is not a terminal has no width of its own, and is given enough."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=max(console.width, NARROWEST))


def err() -> Console:
    """Where messages go."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """A message, whole and without markup of its own."""
    err().print(escape_markup(message))


def escape(text: str) -> str:
    """A text of the database or of a plugin, without markup and without anything that a terminal would act upon."""
    return escape_markup(one_line(text))


def print_json(content: Any) -> None:
    """Data for programs: one document, in every encoding."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=not can_print_all(sys.stdout)) + "\n")


def print_list(plugins: list[PluginView]) -> None:
    """A line for each."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Plugin", no_wrap=True)
    table.add_column("State", no_wrap=True)
    table.add_column("Version", no_wrap=True)
    table.add_column("Remarks", overflow="fold", ratio=1)
    for plugin in plugins:
        version = plugin.installed.version if plugin.installed else None
        table.add_row(escape(plugin.name), _state(plugin.state), escape(version or ""), escape(_remarks(plugin)))
    out().print(table)


def print_one(plugin: PluginView, page: str) -> None:
    """Everything about one, a line for each fact, then a line for each process."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for label, value in _facts(plugin, page):
        if value:
            facts.add_row(label, value)
    console = out()
    console.print(facts)
    if plugin.processes:
        console.print()
        console.print(_processes(plugin))


def say_switched(switched: Switched) -> None:
    """What came of it, in one line and one more for each process that failed."""
    plugin, wanted = switched.view, switched.view.wanted_state
    if not switched.changed:
        say(f"{plugin.name} is {wanted} already.")
    elif not plugin.processes and not plugin.lacking:
        say(f"{plugin.name} is to be {wanted}; the portal follows at its next request, or when it starts.")
    elif switched.failed:
        tried = f"{len(plugin.failed)} of {_number(len(plugin.processes))}"
        say(f"{plugin.name} is to be {wanted}, and failed in {tried}:")
    elif switched.behind:
        behind = len(switched.behind)
        follow = "follows" if behind == 1 else "follow"
        say(f"{plugin.name} is to be {wanted}; {_number(behind)} of the portal {follow} at the next request.")
    elif switched.to_restart:
        say(f"{plugin.name} is to be {wanted}; {_number(len(switched.to_restart))} of the portal cannot find it.")
    else:
        probation = " on probation" if plugin.wanted.probation else ""
        say(f"{plugin.name} is {wanted}{probation}, in {_number(len(plugin.processes))} of the portal.")
    for report in plugin.failed if switched.changed else ():
        say(f"  {report.process}: {one_line(report.failure or '')}")
    for process in switched.to_restart:
        say(f"  {process}: needs a restart, or {plugin.name} is not installed there")
    if any(report.needs_restart for report in plugin.processes):
        say(f"The pages of {plugin.name} become part of the portal at its next start.")


def _facts(plugin: PluginView, page: str) -> list[tuple[str, str]]:
    by = {"hand": "switched by hand", "configuration": "by the configuration"}.get(plugin.wanted_by or "", "")
    wanted = ", ".join(part for part in (plugin.wanted_state, plugin.wanted.probation and "on probation", by) if part)
    told = plugin.installed
    return [
        ("Plugin", escape(plugin.name)),
        ("Title", escape(told.title or "") if told else ""),
        ("Summary", escape(told.summary or "") if told else ""),
        ("State", _state(plugin.state)),
        ("Wanted", escape(wanted)),
        ("Quarantined", escape(f"it {plugin.wanted.quarantine}") if plugin.wanted.quarantine else ""),
        ("Version", escape(told.version or "") if told else ""),
        ("Author", escape(told.author or "") if told else ""),
        ("Website", escape(told.url or "") if told else ""),
        ("Found in", escape(told.origin) if told else "nowhere: it is wanted, and not installed"),
        ("Subscriptions", escape(page) if told else ""),
    ]


def _processes(plugin: PluginView) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("Process", "State", "Failures", "Last heard of"):
        table.add_column(title, no_wrap=True)
    table.add_column("Last failure", overflow="fold")
    for report in plugin.processes:
        restart = " (pages at its next start)" if report.needs_restart else ""
        table.add_row(
            escape(report.process),
            _state(report.state) + restart,
            str(report.failures),
            _moment(report.seen_at),
            escape(report.failure or ""),
        )
    return table


def _remarks(plugin: PluginView) -> str:
    """What needs attention; else what the plugin is for."""
    if plugin.installed is None:
        return "wanted, and not installed"
    remarks = []
    if not plugin.is_as_wanted:
        remarks.append(f"to be {plugin.wanted_state}" + (f" ({plugin.states})" if plugin.state == "differs" else ""))
    if plugin.wanted.quarantine:
        remarks.append(f"it {plugin.wanted.quarantine}")
    if plugin.wanted.probation:
        remarks.append("on probation")
    remarks += dict.fromkeys(report.failure for report in plugin.processes if report.failure)
    if any(report.needs_restart for report in plugin.processes):
        remarks.append("its pages come with the next start")
    remarks += [note.text for note in plugin.installed.notes]
    return "; ".join(remarks) or plugin.installed.summary or ""


def _state(state: str) -> str:
    sign, style = SIGNS.get(state, ("?", "yellow"))
    return f"[{style}]{sign} {escape(state)}[/]"


def _number(processes: int) -> str:
    return f"{processes} process" if processes == 1 else f"{processes} processes"


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")
