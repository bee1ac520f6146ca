"""Lists the signals that an application declares: `portico signals`."""

from typing import TYPE_CHECKING, Any

import click

from portico.cli.command import NoSuchThingError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from portico.signals import Signal


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    from portico.cli.completion import complete_signal

    return complete_signal(ctx, param, incomplete)


@click.group("signals")
def command() -> None:
    """List the signals of an application.

    They are those that its modules declare when they are imported. No plugin is put to work, so receivers of plugins
    are not counted.
    """


@command.command("list", short_help="List every declared signal.")
@click.option("--all", "is_all", is_flag=True, help="Also those that are asked for by name and never declared.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_context
def list_signals(ctx: click.Context, *, is_all: bool, as_json: bool) -> None:
    """List every declared signal, by namespace and name."""
    from portico.cli.host import looked_at
    from portico.cli.printing import print_json, print_table

    with looked_at(ctx):
        found = [_as_json(signal) for signal in _signals() if is_all or signal.declaration]
    if as_json:
        print_json({"signals": found})
        return
    print_table(
        ("Signal", "Receivers", "What it is"),
        [(each["signal"], str(each["receivers"]), each["summary"] or "") for each in found],
    )


@command.command("show", short_help="Show what is promised of a signal.")
@click.argument("name", shell_complete=_complete)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_context
def show(ctx: click.Context, *, name: str, as_json: bool) -> None:
    """Show what is promised of the signal NAME: user_created, or core:user_created where several are called so."""
    from portico.cli.host import looked_at
    from portico.cli.printing import print_facts, print_json

    with looked_at(ctx):
        shown = _as_json(_find(name))
    if as_json:
        print_json(shown)
        return
    fields = "\n".join(f"{each['name']}: {each['type']}" for each in shown["fields"])
    print_facts(
        [
            ("Signal", shown["signal"]),
            ("What it is", shown["doc"] or ""),
            ("Sender", shown["sender"] or ""),
            ("Payload", fields),
            ("Since", shown["since"] or ""),
            ("Deprecated", shown["deprecated"] or ""),
            ("Receivers", str(shown["receivers"])),
        ]
    )


def _signals() -> "list[Signal[...]]":
    from portico.signals import namespaces

    return sorted((signal for namespace in namespaces() for signal in namespace), key=lambda each: each.label)


def _find(name: str) -> "Signal[...]":
    from portico.plugins import nearest

    known = _signals()
    found = [signal for signal in known if name in {signal.label, signal.name}]
    if len(found) == 1:
        return found[0]
    if found:
        raise click.UsageError(f"{name!r} is any of {', '.join(each.label for each in found)}; write one of these")
    labels = {label: signal.label for signal in known for label in (signal.name, signal.label)}
    close = nearest(name, labels)
    hint = f"; did you mean {labels[close]!r}?" if close else ""
    raise NoSuchThingError(f"no signal is called {name!r}{hint}")


def _as_json(signal: "Signal[...]") -> dict[str, Any]:
    from portico.signals import one_line

    promised = signal.declaration
    doc = signal.doc or ""
    return {
        "signal": signal.label,
        "summary": one_line(doc.strip().partition("\n")[0]) or None,
        "doc": doc.strip() or None,
        "declared": promised is not None,
        "sender": _type(promised.sender) if promised else None,
        "fields": [
            {"name": each.name, "type": _type(each.annotation), "sensitive": each.name in promised.sensitive_fields}
            for each in promised.fields
        ]
        if promised
        else [],
        "since": promised.since if promised else None,
        "deprecated": promised.deprecated if promised else None,
        "receivers": len(signal.subscriptions),
    }


def _type(annotation: object) -> str | None:
    from portico.signals import spelt_annotation

    return None if annotation is None else spelt_annotation(annotation)
