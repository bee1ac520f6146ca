"""Says how plugins are: a line for each, everything about one, what came of switching them."""

from datetime import datetime

from portico.cli.printing import Cell, Styled, print_facts, print_json, print_table, say, waiting
from portico.host import PluginView, Switched
from portico.signals import one_line

__all__ = ["print_json", "print_list", "print_one", "say", "say_switched", "waiting"]

# A word goes with each: the sign alone would not be read aloud, nor the colour seen by everybody.
SIGNS = {
    "enabled": ("✓", "green"),
    "disabled": ("·", "dim"),
    "failed": ("✗", "red"),
    "quarantined": ("!", "yellow"),
    "differs": ("≠", "yellow"),
    "missing": ("?", "red"),
}


def print_list(plugins: list[PluginView]) -> None:
    """Print a line for each."""
    print_table(
        ("Plugin", "State", "Version", "Remarks"),
        [
            (
                plugin.name,
                _state(plugin.state),
                (plugin.installed.version if plugin.installed else None) or "",
                _remarks(plugin),
            )
            for plugin in plugins
        ],
    )


def print_one(plugin: PluginView) -> None:
    """Print everything about one, a line for each fact, then a line for each process."""
    print_facts(_facts(plugin))
    if plugin.processes:
        print_table(
            ("Process", "State", "Failures", "Last heard of", "Last failure"),
            [
                (
                    report.process,
                    _state(report.state, " (pages at its next start)" if report.needs_restart else ""),
                    str(report.failures),
                    _moment(report.seen_at),
                    report.failure or "",
                )
                for report in plugin.processes
            ],
        )


def say_switched(switched: Switched) -> None:
    """Say what came of it, in one line and one more for each process that failed."""
    plugin, wanted = switched.view, switched.view.wanted_state
    if not switched.changed:
        say(f"{plugin.name} is {wanted} already.")
    elif not plugin.processes and not plugin.lacking:
        say(f"{plugin.name} is to be {wanted}; the application follows at its next request, or when it starts.")
    elif switched.failed:
        tried = f"{len(plugin.failed)} of {_number(len(plugin.processes))}"
        say(f"{plugin.name} is to be {wanted}, and failed in {tried}:")
    elif switched.behind:
        behind = len(switched.behind)
        follow = "follows" if behind == 1 else "follow"
        say(f"{plugin.name} is to be {wanted}; {_number(behind)} of the application {follow} at the next request.")
    elif switched.to_restart:
        say(f"{plugin.name} is to be {wanted}; {_number(len(switched.to_restart))} of the application cannot find it.")
    else:
        probation = " on probation" if plugin.wanted.probation else ""
        say(f"{plugin.name} is {wanted}{probation}, in {_number(len(plugin.processes))} of the application.")
    for report in plugin.failed if switched.changed else ():
        say(f"  {report.process}: {one_line(report.failure or '')}")
    for process in switched.to_restart:
        say(f"  {process}: needs a restart, or {plugin.name} is not installed there")
    if any(report.needs_restart for report in plugin.processes):
        say(f"The pages of {plugin.name} become part of the application at its next start.")


def _facts(plugin: PluginView) -> list[tuple[str, Cell]]:
    by = {"hand": "switched by hand", "configuration": "by the configuration"}.get(plugin.wanted_by or "", "")
    wanted = ", ".join(part for part in (plugin.wanted_state, plugin.wanted.probation and "on probation", by) if part)
    told = plugin.installed
    return [
        ("Plugin", plugin.name),
        ("Title", (told.title or "") if told else ""),
        ("Summary", (told.summary or "") if told else ""),
        ("State", _state(plugin.state)),
        ("Wanted", wanted),
        ("Quarantined", f"it {plugin.wanted.quarantine}" if plugin.wanted.quarantine else ""),
        ("Version", (told.version or "") if told else ""),
        ("Author", (told.author or "") if told else ""),
        ("Website", (told.url or "") if told else ""),
        ("Found in", told.origin if told else "nowhere: it is wanted, and not installed"),
        ("Without it", ", ".join(sorted(plugin.lacking))),
    ]


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


def _state(state: str, more: str = "") -> Styled:
    sign, style = SIGNS.get(state, ("?", "yellow"))
    return Styled(f"{sign} {state}{more}", style)


def _number(processes: int) -> str:
    return f"{processes} process" if processes == 1 else f"{processes} processes"


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")
