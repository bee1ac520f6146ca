"""Every form of use that the page "Signals" of CKAN's documentation shows, in its order and with names of our own."""

from tests.compat.ckan.extensions import Extensions


def test_a_subscriber_takes_one_sender_and_any_keywords(extensions: Extensions) -> None:
    extensions.add(
        "example",
        """
        import ckan.plugins as p
        calls = []

        def subscriber(sender, **kwargs):
            calls.append((sender, kwargs))

        class ExamplePlugin(p.SingletonPlugin):
            p.implements(p.ISignal)
            def get_signal_subscriptions(self):
                return {p.toolkit.signals.resource_download: [subscriber], p.toolkit.signals.failed_login: [subscriber]}
        """,
    )

    extensions.run(
        """
        with p.use_plugin("example"):
            from ckanext.example.plugin import calls
            tk.signals.resource_download.send("r-1")
            tk.signals.failed_login.send("anna")
        assert calls == [("r-1", {}), ("anna", {})]
        """
    )


def test_subscribers_are_registered_by_decorator_and_by_isignal(extensions: Extensions) -> None:
    extensions.add(
        "lookout",
        """
        import ckan.plugins as p
        decorated, mapped = [], []

        @p.toolkit.signals.before_action.connect
        def note_decorated(sender, **kwargs):
            decorated.append(sender)

        def note_action(sender, **kwargs):
            mapped.append(sender)

        def note_sender(sender, **kwargs):
            mapped.append(f"only {sender}")

        class LookoutPlugin(p.SingletonPlugin):
            p.implements(p.ISignal)

            def get_signal_subscriptions(self):
                return {
                    p.toolkit.signals.before_action: [
                        note_action,

                        {u'receiver': note_action, u'sender': 'tide_show'},
                        {u'receiver': note_sender, u'sender': 'tide_show'},
                    ]
                }
        """,
        entry_points={"lookout": "ckanext.lookout.plugin:LookoutPlugin"},
    )

    extensions.run(
        """
        def send():
            for name in ("package_show", "tide_show"):
                tk.signals.before_action.send(name, context={}, data_dict={})

        with p.use_plugin("lookout"):
            from ckanext.lookout import plugin
            send()
        assert plugin.decorated == ["package_show", "tide_show"]
        assert plugin.mapped == ["package_show", "tide_show", "only tide_show"], "each once per send"

        send()
        assert len(plugin.decorated) == 2 and len(plugin.mapped) == 3, "nothing stays connected"
        """
    )


def test_signals_are_found_in_their_namespaces(extensions: Extensions) -> None:
    extensions.run(
        """
        from ckan.lib.signals import ckan as ckan_namespace, register_blueprint, request_started
        assert register_blueprint is ckan_namespace.signal('register_blueprint')
        assert request_started is ckan_namespace.signal('request_started')

        import ckan.lib.signals, ckantoolkit
        assert tk.signals is ckan.lib.signals and ckantoolkit.signals is ckan.lib.signals
        """
    )


def test_both_names_of_a_signal_find_the_same_object(extensions: Extensions) -> None:
    extensions.run(
        """
        signals = tk.signals
        for attribute, registered in {
            "action_succeeded": "action_succeed", "user_logged_in": "logged_in", "user_logged_out": "logged_out",
        }.items():
            assert getattr(signals, attribute) is signals.ckan.signal(registered) is signals.ckan.signal(attribute)
            assert signals.ckan[registered] is signals.ckan[attribute] and registered in signals.ckan
        for attribute in (
            "request_started", "request_finished", "register_blueprint", "resource_download", "failed_login",
            "user_created", "request_password_reset", "perform_password_reset", "before_action",
        ):
            assert getattr(signals, attribute) is signals.ckan.signal(attribute), attribute
        for attribute in ("datastore_upsert", "datastore_delete"):
            assert getattr(signals, attribute) is signals.ckanext.signal(attribute), attribute
        """
    )


CUSTOM_SIGNALS = """
    import ckan.plugins.toolkit as tk

    tides_turned = tk.signals.ckanext.signal('tides_turned')
"""
CUSTOM = """
    import ckan.plugins as p
    class TidesPlugin(p.SingletonPlugin):
        pass
"""
LISTENERS = """
    heard = []

    def note_tide(sender, **kwargs):
        heard.append((sender, kwargs))
"""


def test_an_extension_listens_to_a_signal_that_it_imports_from_another(extensions: Extensions) -> None:
    extensions.add("tides", CUSTOM, signals=CUSTOM_SIGNALS)
    extensions.add(
        "ext",
        """
        import ckan.plugins as p
        from ckanext.tides.signals import tides_turned
        from ckanext.ext import listeners

        class ExtPlugin(p.SingletonPlugin):
            p.implements(p.ISignal)

            def get_signal_subscriptions(self):
                return {
                    tides_turned: [
                        listeners.note_tide
                    ]
                }
        """,
        listeners=LISTENERS,
    )

    extensions.run(
        """
        with p.use_plugin("ext"):
            from ckanext.tides.signals import tides_turned
            tides_turned.send("harbour", level=3, rising=True)
        from ckanext.ext.listeners import heard
        assert heard == [("harbour", {"level": 3, "rising": True})]
        """
    )


BY_NAME = """
    import ckan.plugins as p
    from ckanext.ext import listeners

    class ExtPlugin(p.SingletonPlugin):
        p.implements(p.ISignal)

        def get_signal_subscriptions(self):
            tides_turned = p.toolkit.signals.ckanext.signal(
                'tides_turned'
            )

            return {
                tides_turned: [
                    listeners.note_tide
                ]
            }
"""


def test_an_extension_listens_by_name_to_another_that_is_installed(extensions: Extensions) -> None:
    extensions.add("tides", CUSTOM, signals=CUSTOM_SIGNALS)
    extensions.add("ext", BY_NAME, listeners=LISTENERS)

    extensions.run(
        """
        with p.use_plugin("ext", "tides"):
            from ckanext.tides.signals import tides_turned
            tides_turned.send("tides", n=1)
        from ckanext.ext.listeners import heard
        assert heard == [("tides", {"n": 1})]
        """
    )


def test_an_extension_listens_by_name_to_another_that_is_not_installed(extensions: Extensions) -> None:
    extensions.add("ext", BY_NAME, listeners=LISTENERS)

    extensions.run(
        """
        from portico.host import current_host
        with p.use_plugin("ext"):
            (subscription,) = current_host().plugins.get("ext").subscriptions
            assert subscription.orphaned
        """
    )


def test_the_examples_of_isignal_itself(extensions: Extensions) -> None:
    extensions.add(
        "blueprints",
        """
        import ckan.plugins as plugins
        import ckan.plugins.toolkit as tk
        seen = []

        def note_datasets(sender, **kwargs):
            if sender != 'dataset':
                return
            seen.append(("by hand", sender))

        def note_only_datasets(sender, **kwargs):
            seen.append(("by dict", sender))

        def note_any(sender, **kwargs):
            seen.append(("log", sender))

        class BlueprintsPlugin(plugins.SingletonPlugin):
            plugins.implements(plugins.ISignal)

            def get_signal_subscriptions(self):
                return {
                    tk.signals.register_blueprint: [
                        note_datasets,
                        {'receiver': note_only_datasets, 'sender': 'dataset'},
                    ],
                    tk.signals.request_started: [
                        note_any,
                        {'receiver': note_any, 'sender': 'dataset'}
                    ],
                }
        """,
    )

    extensions.run(
        """
        with p.use_plugin("blueprints"):
            from ckanext.blueprints.plugin import seen
            for sender in ("dataset", "group"):
                tk.signals.register_blueprint.send(sender, blueprint=None)
            assert seen == [("by hand", "dataset"), ("by dict", "dataset")]
            seen.clear()
            tk.signals.request_started.send("dataset")
            assert seen == [("log", "dataset")]
        """
    )
