"""Signal code in the forms in which public extensions write it."""

from tests.compat.ckan.extensions import Extensions


def test_static_methods_bound_methods_lambdas_and_partials_are_receivers(extensions: Extensions) -> None:
    extensions.add(
        "forms",
        """
        from functools import partial
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk
        from ckan.types import SignalMapping

        def prefixed(prefix, sender, **kwargs):
            return f"{prefix} {sender}"

        class Callable:
            def __call__(self, sender, **kwargs):
                return f"object {sender}"

        class FormsPlugin(p.SingletonPlugin):
            p.implements(p.ISignal)

            def get_signal_subscriptions(self) -> SignalMapping:
                def nested(sender):
                    return f"nested {sender}"
                return {
                    tk.signals.ckanext.signal("forms:collect"): [
                        self.static, self.bound, self.of_class, nested,
                        lambda sender: f"lambda {sender}", partial(prefixed, "partial"), Callable(),
                    ],
                }

            @staticmethod
            def static(sender: None):
                return f"static {sender}"

            def bound(self, sender: None) -> str:
                return f"bound {sender}"

            @classmethod
            def of_class(cls, sender):
                return f"class {sender}"
        """,
    )

    extensions.run(
        """
        import gc
        with p.use_plugin("forms"):
            gc.collect()
            results = [value for _, value in tk.signals.ckanext.signal("forms:collect").send("x")]
        kinds = "static bound class nested lambda partial object".split()
        assert results == [f"{kind} x" for kind in kinds], results
        """
    )


def test_a_sender_uses_what_its_receivers_return(extensions: Extensions) -> None:
    extensions.add(
        "collecting",
        """
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk
        collect = tk.signals.ckanext.signal("collecting:kinds")
        sections = tk.signals.ckanext.signal("collecting:sections")

        class CollectingPlugin(p.SingletonPlugin):
            p.implements(p.IConfigurable)
            def configure(self, config):
                self.registry = {}
                for _, factories in collect.send():
                    self.registry.update(factories)
                self.sections = [section for _, section in sections.send()]
        """,
    )
    extensions.add(
        "giving",
        """
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk
        class GivingPlugin(p.SingletonPlugin):
            p.implements(p.ISignal)
            def get_signal_subscriptions(self):
                return {
                    tk.signals.ckanext.signal("collecting:kinds"): [self.kinds],
                    tk.signals.ckanext.signal("collecting:sections"): [self.section],
                }
            def kinds(self, sender):
                return {"mine": dict}
            @staticmethod
            def section(sender: None):
                return {"title": "Mine"}
        """,
    )

    extensions.run(
        """
        with p.use_plugin("collecting", "giving") as (collecting, giving):
            assert collecting.registry == {"mine": dict}, "the subscriptions of all are there before any is configured"
            assert collecting.sections == [{"title": "Mine"}]
        """
    )


def test_receivers_with_a_strict_signature_get_no_further_keywords(extensions: Extensions) -> None:
    extensions.add(
        "strict",
        """
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk
        calls = []

        def succeeded(action_name, context, data_dict, result):
            calls.append((action_name, context, data_dict, result))
        def request_finished(app, response):
            calls.append((app, response))
        def created(user_name, user):
            calls.append((user_name, user))
        def failed(username):
            calls.append(username)
        def upserted(resource_id, records):
            calls.append((resource_id, records))
        def deleted(resource_id, result, data_dict):
            calls.append((resource_id, result, data_dict))

        class StrictPlugin(p.SingletonPlugin):
            p.implements(p.ISignal)
            def get_signal_subscriptions(self):
                signals = tk.signals
                return {
                    signals.action_succeeded: [succeeded],
                    signals.request_finished: [request_finished],
                    signals.user_created: [created],
                    signals.request_password_reset: [created],
                    signals.perform_password_reset: [created],
                    signals.failed_login: [failed],
                    signals.ckan.signal("logged_in"): [created],
                    signals.datastore_upsert: [upserted],
                    signals.datastore_delete: [deleted],
                }
        """,
    )

    extensions.run(
        """
        with p.use_plugin("strict"):
            from ckanext.strict.plugin import calls
            signals = tk.signals
            signals.action_succeeded.send("x", context={}, data_dict={"a": 1}, result=2)
            signals.request_finished.send("app", response="r")
            for name in ("user_created", "request_password_reset", "perform_password_reset", "user_logged_in"):
                getattr(signals, name).send("anna", user="u")
            signals.failed_login.send("anna")
            signals.datastore_upsert.send("r-1", records=[1])
            signals.datastore_delete.send("r-1", result={}, data_dict={})
        assert calls == [
            ("x", {}, {"a": 1}, 2), ("app", "r"), *[("anna", "u")] * 4, "anna", ("r-1", [1]), ("r-1", {}, {})
        ], calls
        """
    )


def test_a_mapping_may_depend_on_the_configuration(extensions: Extensions) -> None:
    extensions.add(
        "conditional",
        """
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk
        from ckan.common import config
        class ConditionalPlugin(p.SingletonPlugin):
            p.implements(p.ISignal)
            def get_signal_subscriptions(self):
                subscriptions = {}
                if tk.asbool(config.get("ckanext.conditional.on", False)):
                    subscriptions[tk.signals.failed_login] = [{"receiver": print, "weak": True}]
                return subscriptions
        """,
    )

    extensions.run(
        """
        with p.use_plugin("conditional"):
            assert not tk.signals.failed_login.receivers
        tk.config["ckanext.conditional.on"] = "yes"
        with p.use_plugin("conditional"):
            tk.config["ckanext.conditional.on"] = "no"
            assert tk.signals.failed_login.receivers
        assert not tk.signals.failed_login.receivers, "what was connected is gone, whatever the mapping says now"
        """
    )


def test_the_signals_of_flask_and_flask_login_are_keys_of_a_mapping(extensions: Extensions) -> None:
    extensions.add(
        "logins",
        """
        import ckan.plugins as p
        import flask
        from blinker import Namespace
        from flask_login.signals import user_logged_in, user_logged_out
        calls = []
        own = Namespace().signal("own")

        class LoginsPlugin(p.SingletonPlugin):
            p.implements(p.ISignal)
            def get_signal_subscriptions(self):
                return {
                    user_logged_in: [self.logged_in],
                    user_logged_out: [lambda app, user, **kwargs: calls.append(("out", user.name))],
                    flask.request_started: [lambda app, **kwargs: calls.append("started")],
                    own: [{"receiver": lambda sender: calls.append(sender), "sender": "me"}],
                }
            @staticmethod
            def logged_in(app, user):
                calls.append(("in", user.name))
        """,
    )

    extensions.run(
        """
        import flask, flask_login
        app = flask.Flask("x")
        app.secret_key = "k"
        flask_login.LoginManager(app)
        class User(flask_login.UserMixin):
            id, name = 1, "anna"

        def visit():
            with app.test_request_context():
                flask_login.login_user(User())
                flask_login.logout_user()
            app.test_client().get("/")

        with p.use_plugin("logins"):
            from ckanext.logins.plugin import calls, own
            visit()
            own.send("me"), own.send("you")
        assert calls == [("in", "anna"), ("out", "anna"), "started", "me"], calls
        visit(), own.send("me")
        assert len(calls) == 4
        """
    )


def test_the_signals_look_like_those_of_blinker(extensions: Extensions) -> None:
    extensions.run(
        """
        signal = tk.signals.ckanext.signal("mine:happened", doc="Mine.")
        assert tk.signals.ckanext.signal("mine:happened") is signal and tk.signals.ckanext["mine:happened"] is signal
        assert not signal.receivers

        @signal.connect_via("eu")
        def eu(sender, **kwargs):
            return "eu"
        @signal.connect
        def anybody(sender, **kwargs):
            return "any"

        assert signal.receivers and list(signal.receivers_for("us")) == [anybody]
        assert signal.send("eu", n=1) == [(eu, "eu"), (anybody, "any")]
        assert signal.send() == [(anybody, "any")]
        with signal.connected_to(lambda sender: "while"):
            assert [value for _, value in signal.send()] == ["any", "while"]
        signal.disconnect(eu), signal.disconnect(anybody)
        assert not signal.has_receivers_for("eu")
        """
    )


def test_a_receiver_of_a_built_in_signal_that_fails_is_isolated_and_named(extensions: Extensions) -> None:
    extensions.add(
        "failing",
        """
        import ckan.plugins as p
        def fail(sender, **kwargs):
            raise ValueError("no")
        class FailingPlugin(p.SingletonPlugin):
            p.implements(p.ISignal)
            def get_signal_subscriptions(self):
                return {p.toolkit.signals.failed_login: [fail, lambda sender: "heard"]}
        """,
    )

    extensions.run(
        """
        from portico.host import Portico, current_host
        with p.use_plugin("failing"):
            (_, error), (_, value) = tk.signals.failed_login.send("anna")
            assert isinstance(error, ValueError) and value == "heard"
            assert current_host().plugins.get("failing").failure.error == "ValueError: no"
        with Portico(propagate=True), p.use_plugin("failing"):
            try:
                tk.signals.failed_login.send("anna")
            except ValueError:
                pass
            else:
                raise AssertionError
        """
    )
