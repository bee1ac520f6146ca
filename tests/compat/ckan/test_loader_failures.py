"""What goes wrong in CKAN's own loader, and does not here."""

from tests.compat.ckan.extensions import Extensions

SIGNAL = """
    signal = tk.signals.ckanext.signal("loader:happened")
    def values(sender=None):
        return [value for _, value in signal.send(sender)]
"""


def subscribing(name: str, mapping: str, *, more: str = "") -> str:
    return f"""
    import ckan.plugins as p
    import ckan.plugins.toolkit as tk
    signal = tk.signals.ckanext.signal("loader:happened")
    {more}
    class {name.title()}Plugin(p.SingletonPlugin):
        p.implements(p.ISignal)
        asked = 0
        def get_signal_subscriptions(self):
            self.asked += 1
            return {mapping}
    """


def test_a_lambda_a_partial_and_a_nested_function_are_called(extensions: Extensions) -> None:
    more = "from functools import partial"
    mapping = "{signal: [lambda sender: 1, partial(lambda n, sender: n, 2), {'receiver': lambda s: 3, 'weak': True}]}"
    extensions.add("loose", subscribing("loose", mapping, more=more))

    extensions.run(
        SIGNAL
        + """
    import gc
    with p.use_plugin("loose"):
        gc.collect()
        assert values() == [1, 2, 3]
    """
    )


def test_nothing_is_left_behind_and_the_plugin_is_not_asked_again(extensions: Extensions) -> None:
    extensions.add("once", subscribing("once", "{signal: [lambda sender: 1]}"))

    extensions.run(
        SIGNAL
        + """
    with p.use_plugin("once") as once:
        assert values() == [1] and once.asked == 1
    assert values() == [] and once.asked == 1
    assert not signal.receivers
    """
    )


def test_a_mapping_that_has_changed_meanwhile_is_undone_as_it_was(extensions: Extensions) -> None:
    extensions.add("moody", subscribing("moody", "{signal: [lambda sender: 1]} if self.asked == 1 else {}"))

    extensions.run(
        SIGNAL
        + """
    with p.use_plugin("moody") as moody:
        moody.asked = 5
        assert values() == [1]
    assert values() == []
    """
    )


def test_two_plugins_share_a_receiver_until_both_are_gone(extensions: Extensions) -> None:
    extensions.add(
        "shared",
        """
        import ckan.plugins as p
        signal = p.toolkit.signals.ckanext.signal("loader:happened")
        def receiver(sender):
            return 1
        class OnePlugin(p.SingletonPlugin):
            p.implements(p.ISignal)
            def get_signal_subscriptions(self):
                return {signal: [receiver]}
        class TwoPlugin(p.SingletonPlugin):
            p.implements(p.ISignal)
            def get_signal_subscriptions(self):
                return {signal: [receiver]}
        """,
        entry_points={"one": "ckanext.shared.plugin:OnePlugin", "two": "ckanext.shared.plugin:TwoPlugin"},
    )

    extensions.run(
        SIGNAL
        + """
    with p.use_plugin("one"):
        with p.use_plugin("two"):
            assert values() == [1], "once per send"
        assert values() == [1]
    assert values() == []
    """
    )


def test_each_plugin_class_has_an_instance_of_its_own(extensions: Extensions) -> None:
    extensions.run(
        """
        class Base(p.SingletonPlugin):
            pass
        class Child(Base):
            pass
        assert Base() is Base() and Child() is Child() and type(Child()) is Child
        """
    )


def test_a_plugin_with_a_failing_mapping_is_as_before_and_can_be_tried_again(extensions: Extensions) -> None:
    extensions.add("broken", subscribing("broken", "{signal: [lambda sender: 1, None if self.asked == 1 else print]}"))
    extensions.add("raising", subscribing("raising", "1 / 0"))
    extensions.add("whole", subscribing("whole", "{signal: [lambda sender: 2]}"))

    extensions.run(
        SIGNAL
        + """
    from portico import Portico
    from portico.errors import PluginError
    with Portico():
        for name in ("broken", "raising"):
            try:
                p.load(name, "whole")
            except PluginError as error:
                assert name in str(error)
            else:
                raise AssertionError(name)
            assert values() == [2], "nothing of it is connected, and the other one is"
            assert not p.plugin_loaded(name) and p.get_plugin(name) is None and p.plugin_loaded("whole")
            p.unload("whole")
        p.load("broken")
        assert p.plugin_loaded("broken") and len(values("x")) == 2
    """
    )


def test_the_dict_of_a_plugin_is_left_alone(extensions: Extensions) -> None:
    more = "SUBSCRIPTIONS = {signal: [{'receiver': lambda sender: 1, 'sender': 'eu'}]}"
    extensions.add("constant", subscribing("constant", "SUBSCRIPTIONS", more=more))

    extensions.run(
        SIGNAL
        + """
    for _ in range(2):
        with p.use_plugin("constant"):
            assert values("eu") == [1]
        from ckanext.constant.plugin import SUBSCRIPTIONS
        assert list(SUBSCRIPTIONS[signal][0]) == ["receiver", "sender"]
    """
    )
