"""Loading plugins from code: what is called, and in which order."""

from tests.compat.ckan.extensions import Extensions

CONFIGURED = """
    import ckan.plugins as p
    import ckan.plugins.toolkit as tk
    log = []

    class Base(p.SingletonPlugin):
        def note(self, what):
            log.append((self.name, what, len(tk.signals.failed_login.receivers)))
        def get_signal_subscriptions(self):
            self.note("mapping")
            return {tk.signals.failed_login: [self.heard]}
        def update_config(self, config):
            self.note("update_config")
            config["last.word"] = self.name
        def configure(self, config):
            self.note("configure")
            self.last_word = config["last.word"]
            self.others = [each.name for each in p.PluginImplementations(p.IConfigurable)]
        def heard(self, sender):
            return self.name

    class APlugin(Base):
        p.implements(p.ISignal); p.implements(p.IConfigurer); p.implements(p.IConfigurable)
    class BPlugin(Base):
        p.implements(p.ISignal); p.implements(p.IConfigurer); p.implements(p.IConfigurable)
"""
POINTS = {"a": "ckanext.configured.plugin:APlugin", "b": "ckanext.configured.plugin:BPlugin"}


def test_subscriptions_come_first_then_update_config_backwards_then_configure(extensions: Extensions) -> None:
    extensions.add("configured", CONFIGURED, entry_points=POINTS)

    extensions.run(
        """
        with p.use_plugin("a", "b") as (a, b):
            from ckanext.configured.plugin import log
            assert log == [
                ("a", "mapping", 0), ("b", "mapping", 1), ("b", "update_config", 2), ("a", "update_config", 2),
                ("a", "configure", 2), ("b", "configure", 2),
            ], log
            assert a.others == b.others == ["a", "b"], "all are there when the first is configured"
            assert a.last_word == b.last_word == "a", "the first has the last word"
        """
    )


def test_a_plugin_that_fails_to_be_configured_takes_nobody_with_it(extensions: Extensions) -> None:
    extensions.add("configured", CONFIGURED, entry_points=POINTS)
    extensions.add(
        "bad",
        """
        import ckan.plugins as p
        from ckanext.configured.plugin import Base
        class UpdatePlugin(Base):
            p.implements(p.ISignal); p.implements(p.IConfigurer)
            def update_config(self, config):
                p.toolkit.signals.user_created.connect(print)
                raise ValueError("update")
        class ConfigurePlugin(Base):
            p.implements(p.ISignal); p.implements(p.IConfigurable)
            def configure(self, config):
                p.toolkit.signals.user_created.connect(print)
                raise SystemExit(1)
        """,
        entry_points={"upd": "ckanext.bad.plugin:UpdatePlugin", "conf": "ckanext.bad.plugin:ConfigurePlugin"},
    )

    extensions.run(
        """
        from portico import Portico
        from portico.errors import PluginError
        with Portico() as host:
            for name, error in {"upd": "ValueError: update", "conf": "SystemExit: 1"}.items():
                try:
                    p.load("a", name, "b")
                except PluginError:
                    pass
                assert host.plugins.get(name).failure.error == error
                assert [value for _, value in tk.signals.failed_login.send("x")] == ["a", "b"]
                assert not tk.signals.user_created.receivers
                assert p.get_plugin("a").others == ["a", "b"] or name == "conf", p.get_plugin("a").others
                assert [each.name for each in p.PluginImplementations(p.ISignal)] == ["a", "b"]
                p.unload_all()
                assert not tk.signals.failed_login.receivers
        """
    )


def test_what_update_config_and_configure_connect_goes_with_their_own_plugin(extensions: Extensions) -> None:
    extensions.add(
        "connecting",
        """
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk
        class Base(p.SingletonPlugin):
            def update_config(self, config):
                tk.signals.user_created.connect(self.heard)
            def configure(self, config):
                tk.signals.failed_login.connect(lambda sender: self.name)
            def heard(self, sender, **kwargs):
                return self.name
        class APlugin(Base):
            p.implements(p.IConfigurer); p.implements(p.IConfigurable)
        class BPlugin(Base):
            p.implements(p.IConfigurer); p.implements(p.IConfigurable)
        """,
        entry_points={"a": "ckanext.connecting.plugin:APlugin", "b": "ckanext.connecting.plugin:BPlugin"},
    )

    extensions.run(
        """
        def heard():
            return [
                [value for _, value in signal.send("x")]
                for signal in (tk.signals.user_created, tk.signals.failed_login)
            ]
        with p.use_plugin("a"):
            p.load("b")
            p.unload("b")
            assert heard() == [["a"], ["a"]]
        assert heard() == [[], []]
        with p.use_plugin("a", "b"):
            assert sorted(heard()[0]) == ["a", "b"]
            p.unload("a")
            assert heard() == [["b"], ["b"]]
        """
    )


def test_plugins_are_loaded_and_unloaded_by_name(extensions: Extensions) -> None:
    extensions.add("configured", CONFIGURED, entry_points=POINTS)
    extensions.add(
        "tried", "import ckan.plugins as p\nclass TriedPlugin(p.SingletonPlugin): pass", group="ckan.test_plugins"
    )

    extensions.run(
        """
        from portico import Portico
        from portico.errors import PluginError
        assert not p.plugin_loaded("a") and p.get_plugin("a") is None
        with Portico():
            a = p.load("a")
            assert a.name == "a" and p.get_plugin("a") is a and p.plugin_loaded("a")
            assert p.load("a") == [], "it is loaded already"
            assert p.load("tried").name == "tried"
            p.unload("a")
            assert not p.plugin_loaded("a") and p.get_plugin("a") is None
            for wrong in (lambda: p.unload("a"), lambda: p.load("nothing")):
                try:
                    wrong()
                except PluginError as error:
                    message = str(error)
            assert isinstance(error_of(lambda: p.load("nothing")), p.PluginNotFoundException)

            tk.config["ckan.plugins"] = "b a"
            assert [each.name for each in p.load_all()] == ["b", "a"]
            p.unload_all()
            assert not any(map(p.plugin_loaded, ("a", "b", "tried")))
        """,
        begin="""
import portico.compat.ckan
portico.compat.ckan.install()
import ckan.plugins as p
import ckan.plugins.toolkit as tk
def error_of(act):
    try:
        act()
    except Exception as error:
        return error
""",
    )


def test_implementations_come_in_the_configured_order_with_the_others_last(extensions: Extensions) -> None:
    names = ["a", "b", "c", "d"]
    body = "(p.SingletonPlugin):\n    p.implements(IOwn)\n    p.implements(IBackwards, inherit=True)"
    classes = "\n".join(f"class {name.upper()}Plugin{body}" for name in names)
    source = f"""
import ckan.plugins as p
class IOwn(p.Interface):
    pass
class IBackwards(p.Interface):
    _reverse_iteration_order = True
    def answer(self):
        return self.name
{classes}
"""
    extensions.add(
        "ordered", source, entry_points={name: f"ckanext.ordered.plugin:{name.upper()}Plugin" for name in names}
    )

    extensions.run(
        """
        from portico import Portico
        host = Portico(plugins=["c", "a"])
        portico.compat.ckan.manage(host, ["c", "a"])
        with host:
            p.load("d", "b")
            from ckanext.ordered.plugin import IBackwards, IOwn
            assert [each.name for each in p.PluginImplementations(IOwn)] == ["c", "a", "b", "d"]
            assert [each.answer() for each in p.PluginImplementations(IBackwards)] == ["d", "b", "a", "c"]
            assert tk.config["ckan.plugins"] == ["c", "a"]
            host.plugins.disable("a")
            assert [each.name for each in p.PluginImplementations(IOwn)] == ["c", "b", "d"]
        """
    )


def test_observers_are_told_of_others(extensions: Extensions) -> None:
    extensions.add("configured", CONFIGURED, entry_points=POINTS)
    extensions.add(
        "observer",
        """
        import ckan.plugins as p
        told = []
        class ObserverPlugin(p.SingletonPlugin):
            p.implements(p.IPluginObserver, inherit=True)
            def before_load(self, plugin):
                told.append(("before_load", plugin.name))
            def after_load(self, service):
                told.append(("after_load", service.name))
            def after_unload(self, service):
                told.append(("after_unload", service.name))
        """,
    )

    extensions.run(
        """
        with p.use_plugin("observer"):
            with p.use_plugin("a") as a:
                pass
            from ckanext.observer.plugin import told
        assert told == [("before_load", "a"), ("after_load", "a"), ("after_unload", "a")], told
        """
    )


def test_a_plugin_in_quarantine_is_not_at_work_and_one_may_load_another(extensions: Extensions) -> None:
    extensions.add(
        "outer",
        """
        import ckan.plugins as p
        class OuterPlugin(p.SingletonPlugin):
            p.implements(p.IConfigurable); p.implements(p.ISignal)
            def configure(self, config):
                p.load("inner")
                self.seen = [each.name for each in p.PluginImplementations(p.IConfigurable)]
            def get_signal_subscriptions(self):
                return {p.toolkit.signals.failed_login: [self.fail]}
            def fail(self, sender):
                raise ValueError
        """,
    )
    extensions.add(
        "inner",
        """
        import ckan.plugins as p
        class InnerPlugin(p.SingletonPlugin):
            p.implements(p.IConfigurable, inherit=True)
        """,
    )

    extensions.run(
        """
        from portico import Portico
        with Portico() as host:
            assert p.load("outer").seen == ["outer", "inner"]
            for _ in range(5):
                tk.signals.failed_login.send("x")
            assert host.plugins.get("outer").state == "quarantined" and not p.plugin_loaded("outer")
            assert [each.name for each in p.PluginImplementations(p.IConfigurable)] == ["inner"]
            host.plugins.enable("outer")
            assert [each.name for each in p.PluginImplementations(p.IConfigurable)] == ["outer", "inner"]
        """
    )
