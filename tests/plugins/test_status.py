"""What is noticed about a plugin: floods, slow receivers, signals that nobody sends, and what a guard writes."""

from threading import Event, Timer

from portico.plugins import Limits
from portico.plugins.status import Notebook
from portico.signals import Namespace
from tests.plugins.conftest import MakeManager, saying, subscribing


def test_the_same_thing_again_is_one_note_that_counts(manage: MakeManager) -> None:
    manager = manage(subscribing("one"))

    manager.note("one", "payload", "a changed records", about="a")
    manager.note("one", "payload", "b changed records", about="b")
    manager.note("one", "payload", "a changed records again", about="a")
    manager.note("nobody", "payload", "ignored")

    assert [(note.text, note.count) for note in manager.get("one").notes] == [
        ("a changed records again", 2),
        ("b changed records", 1),
    ]


def test_the_oldest_notes_are_forgotten_first() -> None:
    notebook = Notebook()

    for i in range(30):
        notebook.write("slow", f"{i}", about=f"{i}")

    assert [note.text for note in notebook.notes] == [str(i) for i in range(29, 9, -1)]


def test_a_flood_of_subscriptions_is_noted_until_it_is_over(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")

    def flood() -> None:
        for _ in range(6):
            signal.connect(saying("one of many"))

    manager = manage(subscribing("one", bootstrap=flood), limits=Limits(subscriptions=5))
    status = manager.enable("one")

    assert [(note.kind, note.text) for note in status.notes] == [
        ("subscriptions", "it holds 6 subscriptions; more than 5 are unusual")
    ]
    assert manager.disable("one").notes == ()


def test_a_slow_receiver_is_noted_with_its_plugin_and_a_quick_one_is_not(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    over = Event()

    def slow(sender: object) -> None:
        Timer(0.05, over.set).start()
        over.wait(60)

    manager = manage(
        subscribing("one", lambda: {signal: [slow]}),
        subscribing("two", lambda: {signal: [lambda sender: None]}),
        limits=Limits(slow_seconds=0.04),
    )
    manager.enable_all(["one", "two"])
    signal.send()

    (note,) = manager.get("one").notes
    assert note.kind == "slow"
    assert f"slow on {signal.label} took 0." in note.text
    assert note.text.endswith("more than 0.04 s is slow")
    assert manager.get("two").notes == ()


def test_nobody_looks_at_sends_when_nobody_asked_for_slow_receivers(acme: Namespace, manage: MakeManager) -> None:
    @acme.signal
    def happened(sender: object, /) -> None: ...

    manage(subscribing("one", lambda: {happened: [lambda sender: None]})).enable("one")

    assert happened._registry.find(None) is not None


def test_a_signal_is_orphaned_until_somebody_declares_or_sends_it(acme: Namespace, manage: MakeManager) -> None:
    declared_late, sent_late, never = (acme.signal(name) for name in ("declared_late", "sent_late", "never"))
    manager = manage(
        subscribing("one", lambda: {signal: [lambda sender, **_: None] for signal in (declared_late, sent_late, never)})
    )
    status = manager.enable("one")
    assert [each.orphaned for each in status.subscriptions] == [True, True, True]

    sent_late.send()

    @acme.signal(name="declared_late")
    def declare(sender: object, /) -> None: ...

    assert [each.orphaned for each in manager.get("one").subscriptions] == [False, False, True]
    assert sent_late._registry.find(None) is not None


def test_a_name_that_is_almost_a_declared_one_is_shown_with_that(acme: Namespace, manage: MakeManager) -> None:
    @acme.signal
    def order_placed(sender: object, /) -> None: ...

    mapping = {acme.signal("order_palced"): [print], order_placed: [print], acme.signal("quite_different"): [print]}
    status = manage(subscribing("one", lambda: mapping)).enable("one")

    assert {each.signal.partition(":")[2]: each.did_you_mean for each in status.subscriptions} == {
        "order_palced": order_placed.label,
        "order_placed": None,
        "quite_different": None,
    }


def test_a_leak_is_found(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")
    manager = manage(subscribing("one", lambda: {signal: [print]}))
    manager.enable("one")
    assert manager.leaked_by("one") == ()
    # Behind everybody's back: the record of it is lost.
    manager._plugins.by_name["one"].scope._brought.clear()

    manager.disable("one")

    assert manager.leaked_by("one") == (f"builtins.print at {signal.label}",)
    signal.disconnect(print)


def test_a_receiver_that_changes_a_payload_is_noted_with_its_plugin(acme: Namespace, manage: MakeManager) -> None:
    signal = acme.signal("happened")

    def meddle(sender: object, records: list[int]) -> None:
        records.append(1)

    manager = manage(subscribing("one", lambda: {signal: [meddle]}), limits=Limits(watch_payloads=True))
    manager.enable("one")

    signal.send(records=[])
    signal.send(records=[])

    (note,) = manager.get("one").notes
    assert (note.kind, note.count) == ("payload", 2)
    assert "meddle of plugin one changed the field 'records'" in note.text
    manager.close()
    signal.send(records=[])
    assert manager.get("one").notes[0].count == 2
