"""CKAN extensions in the reference portal."""

from tests.compat.ckan.extensions import Extensions

PORTAL = """
import sys
from portico_portal import close_app, create_app, given_settings

def start(*plugins, **more):
    return create_app(given_settings(
        secret_key="k" * 32, database_url="sqlite:///portal.db", plugins=plugins, ckan_extensions=True, **more
    ))
"""

TIDES = """
    import ckan.plugins as p
    import ckan.plugins.toolkit as tk
    from flask import Blueprint
    from ckanext.tides import views

    @tk.blanket.blueprints(lambda: [views.tides])
    class TidesPlugin(p.SingletonPlugin):
        '''Tells of the tides.'''
        p.implements(p.ISignal)
        p.implements(p.IActions)
        p.implements(p.IAuthFunctions)
        p.implements(p.IClick, inherit=True)
        heard = []

        def get_signal_subscriptions(self):
            return {
                tk.signals.user_created: [self.user_created],
                tk.signals.action_succeeded: [{"receiver": self.action_succeeded, "sender": "user_create"}],
                tk.signals.request_finished: [request_finished],
            }

        def user_created(self, sender, user):
            self.heard.append(("created", sender, user.id))

        def action_succeeded(self, action_name, context, data_dict, result):
            self.heard.append(("action", action_name, result["name"], sorted(data_dict)))

        def get_actions(self):
            return {"tide_show": tide_show, "user_show": user_show}

        def get_auth_functions(self):
            return {"tide_show": tide_auth}

    def request_finished(sender, response, **kwargs):
        TidesPlugin.heard.append(("finished", response.status_code))

    @tk.side_effect_free
    def tide_show(context, data_dict):
        tk.check_access("tide_show", context, data_dict)
        return {"level": tk.asint(tk.config.get("ckanext.tides.level")), "site": tk.config["ckan.site_title"]}

    @tk.auth_allow_anonymous_access
    def tide_auth(context, data_dict=None):
        return {"success": data_dict.get("id") != "secret", "msg": "not this one"}

    @tk.chained_action
    def user_show(next_action, context, data_dict):
        try:
            shown = next_action(context, data_dict)
        except tk.ObjectNotFound as error:
            return {"missing": error.message}
        return {**shown, "tides": True}
"""
VIEWS = """
    from flask import Blueprint
    import ckan.plugins.toolkit as tk
    tides = Blueprint("tides", __name__)

    @tides.route("/tides")
    def index():
        return str(tk.get_action("tide_show")({}, {"id": tk.request.args["id"]}))
"""


def test_an_extension_hears_and_acts_in_the_portal(extensions: Extensions) -> None:
    extensions.add("tides", TIDES, views=VIEWS)

    extensions.run(
        """
        app = start("tides", ckan_config={"ckanext.tides.level": "3"}, site_name="Harbour")
        try:
            from ckanext.tides.plugin import TidesPlugin
            from portico.toolkit import get_action
            heard = TidesPlugin().heard

            page = app.test_client().get("/tides?id=now")
            assert page.get_data(as_text=True) == str({"level": 3, "site": "Harbour"}), page
            assert heard == [("finished", 200)]

            heard.clear()
            data = {"name": "anna", "email": "anna@example.org", "password": "correct horse battery"}
            with app.app_context():
                made = get_action("user_create")({"ignore_auth": True}, data)
                shown = get_action("user_show")({"ignore_auth": True}, {"id": "anna"})
                gone = get_action("user_show")({"ignore_auth": True}, {"id": "nobody"})
            assert ("created", "anna", made["id"]) in heard
            assert ("action", "user_create", "anna", ["email", "name", "password"]) in heard
            assert shown["tides"] is True
            assert "nobody" in gone["missing"]

            status = app.extensions["portico"].plugins.get("tides")
            assert status.summary == "Tells of the tides."
            assert (status.version, status.author) == ("1.0", "Somebody")
            assert [note.text for note in status.notes] == [
                "it implements IClick, which the CKAN façade never calls"
            ]
        finally:
            close_app(app)
        """,
        begin=PORTAL,
    )


def test_an_api_call_is_refused_by_the_auth_function_of_the_extension(extensions: Extensions) -> None:
    extensions.add("tides", TIDES, views=VIEWS)

    extensions.run(
        """
        app = start("tides", ckan_config={"ckanext.tides.level": "3"})
        try:
            client = app.test_client()
            assert client.get("/api/action/tide_show?id=now").json["result"]["level"] == 3
            assert client.get("/api/action/tide_show?id=secret").status_code in (401, 403)
        finally:
            close_app(app)
        """,
        begin=PORTAL,
    )


def test_an_extension_is_switched_like_any_other_plugin_and_keeps_its_place(extensions: Extensions) -> None:
    for name in ("first", "second"):
        extensions.add(
            name,
            f"""
            import ckan.plugins as p
            class {name.title()}Plugin(p.SingletonPlugin):
                p.implements(p.ISignal)
                def get_signal_subscriptions(self):
                    return {{p.toolkit.signals.ckanext.signal("who"): [lambda sender: {name!r}]}}
            """,
        )

    extensions.run(
        """
        app = start("second", "first", "audit")
        try:
            plugins = app.extensions["portico"].plugins
            import ckan.plugins as p
            def who():
                return [value for _, value in p.toolkit.signals.ckanext.signal("who").send()]
            assert who() == ["second", "first"]
            plugins.disable("second")
            assert who() == ["first"] and not p.plugin_loaded("second")
            plugins.enable("second")
            assert who() == ["second", "first"]
            assert {"first", "second", "audit"} <= {each.name for each in plugins.list()}
            plugins.disable("first")
        finally:
            close_app(app)

        app = start("second", "first")
        try:
            assert who() == ["second"], "what was switched by hand is remembered"
        finally:
            close_app(app)
        """,
        begin=PORTAL,
    )


def test_a_portal_without_the_setting_knows_nothing_of_extensions(extensions: Extensions) -> None:
    extensions.add("tides", TIDES, views=VIEWS)

    extensions.run(
        """
        settings = given_settings(secret_key="k" * 32, database_url="sqlite:///portal.db")
        app = create_app(settings)
        try:
            assert "tides" not in [each.name for each in app.extensions["portico"].plugins.list()]
            assert "ckan" not in sys.modules
        finally:
            close_app(app)
        """,
        begin=PORTAL,
    )


CALM = """
    import ckan.plugins as p
    import ckan.plugins.toolkit as tk

    class {name}Plugin(p.SingletonPlugin):
        p.implements(p.ISignal)

        def get_signal_subscriptions(self):
            return {{tk.signals.failed_login: [lambda name: "{name}"]}}
"""


def test_ckan_plugins_stand_in_the_configured_order_among_the_native_ones(extensions: Extensions) -> None:
    extensions.add("two", CALM.format(name="Two"))
    extensions.add("one", CALM.format(name="One"))

    printed = extensions.run(
        PORTAL + "app = start('two', 'audit', 'one'); host = app.extensions['portico']\n"
        "print([status.name for status in host.plugins.list()][:3])\n"
        "close_app(app)",
        begin="",
    )

    assert printed == "['two', 'audit', 'one']\n"


def test_what_a_ckan_module_connects_is_its_plugin_s_whoever_imports_it(extensions: Extensions) -> None:
    connecting = CALM.format(name="Quiet") + (
        "    @tk.signals.ckanext.signal('quiet:asked').connect\n    def answer(sender): return 'at import'\n"
    )
    extensions.add("quiet", connecting)
    extensions.add("nosy", "    import ckanext.quiet.plugin\n" + CALM.format(name="Nosy"))

    printed = extensions.run(
        PORTAL + "app = start('nosy'); host = app.extensions['portico']\n"
        "from portico import ext\n"
        "asked = lambda: ext.signal('quiet:asked').collect()\n"
        "with app.app_context():\n"
        "    print(asked())\n"
        "    host.plugins.enable('quiet'); print(asked())\n"
        "    host.plugins.disable('nosy'); print(asked())\n"
        "    host.plugins.disable('quiet'); print(asked())\n"
        "close_app(app)",
        begin="",
    )

    assert printed.splitlines() == ["[]", "['at import']", "['at import']", "[]"]
