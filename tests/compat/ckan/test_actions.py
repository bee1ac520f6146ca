"""Actions and authorisation functions of extensions, and the application's seen from there."""

from tests.compat.ckan.extensions import Extensions

BEGIN = """
import portico.compat.ckan
portico.compat.ckan.install()
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from types import SimpleNamespace
from portico import Portico
from portico.errors import NotFoundError, ValidationError
from portico.toolkit import auth_allow_anonymous_access

def thing_show(context, data_dict):
    if data_dict.get("id") == "gone":
        raise NotFoundError("gone")
    if "id" not in data_dict:
        raise ValidationError({"id": "missing"})
    return {"id": data_dict["id"]}

@auth_allow_anonymous_access
def anybody(context, data_dict):
    return True

host = Portico(plugins=["acting"])
host.actions.register({"thing_show": thing_show}, {"thing_show": anybody})
portico.compat.ckan.manage(host, ["acting"])
host.open()
assert p.plugin_loaded("acting"), host.plugins.get("acting").failure

def error_of(act):
    try:
        act()
    except Exception as error:
        return error
"""


def test_an_extension_wraps_and_calls_the_actions_of_the_application(extensions: Extensions) -> None:
    extensions.add(
        "acting",
        """
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk

        @tk.chained_action
        @tk.side_effect_free
        def thing_show(next_action, context, data_dict):
            try:
                shown = next_action(context, data_dict)
            except tk.ObjectNotFound:
                raise tk.ObjectNotFound("wrapped")
            except tk.ValidationError as error:
                error.error_dict["more"] = ["wrapped"]
                raise
            return {**shown, "wrapped": True}

        @tk.chained_auth_function
        @tk.auth_allow_anonymous_access
        def may_show(next_auth, context, data_dict=None):
            verdict = next_auth(context, data_dict)
            return {"success": verdict["success"] and data_dict.get("id") != "hidden", "msg": "hidden"}

        class ActingPlugin(p.SingletonPlugin):
            p.implements(p.IActions); p.implements(p.IAuthFunctions)
            def get_actions(self):
                return {"thing_show": thing_show}
            def get_auth_functions(self):
                return {"thing_show": may_show}
        """,
    )

    extensions.run(
        """
        show = tk.get_action("thing_show")
        assert show({}, {"id": "1"}) == {"id": "1", "wrapped": True} == show(context={}, data_dict={"id": "1"})
        assert isinstance(error_of(lambda: show({}, {"id": "gone"})), tk.ObjectNotFound)
        assert error_of(lambda: show({}, {})).error_dict == {"id": ["missing"], "more": ["wrapped"]}
        error = error_of(lambda: show({}, {"id": "hidden"}))
        assert isinstance(error, tk.NotAuthorized) and error.message == "hidden"
        assert tk.check_access("thing_show", {}, {"id": "1"}) is True
        assert show({"auth_user_obj": SimpleNamespace(sysadmin=True)}, {"id": "hidden"})["id"] == "hidden"
        error = error_of(lambda: tk.get_action("nothing"))
        assert isinstance(error, KeyError)
        p.unload("acting")
        assert tk.get_action("thing_show")({}, {"id": "1"}) == {"id": "1"}
        host.close()
        """,
        begin=BEGIN,
    )


def test_an_action_of_an_extension_checks_access_itself(extensions: Extensions) -> None:
    extensions.add(
        "acting",
        """
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk

        class ActingPlugin(p.SingletonPlugin):
            p.implements(p.IActions); p.implements(p.IAuthFunctions)
            def get_actions(self):
                return {"open_list": self.open_list, "closed_list": self.closed_list}
            def get_auth_functions(self):
                return {"closed_list": self.may_list, "strict_list": strict}
            def open_list(self, context, data_dict):
                return ["open"]
            def closed_list(self, context, data_dict):
                tk.check_access("closed_list", context, data_dict)
                return ["closed"]
            @staticmethod
            def may_list(context, data_dict):
                raise tk.NotAuthorized("never")

        @tk.auth_sysadmins_check
        def strict(context, data_dict):
            return {"success": False, "msg": "not even you"}
        """,
    )

    extensions.run(
        """
        admin = {"user": "root", "auth_user_obj": SimpleNamespace(is_admin=True)}
        heard = []
        tk.signals.action_succeeded.connect(lambda name, **kwargs: heard.append((name, kwargs["result"])), weak=False)
        assert tk.get_action("open_list")({}, {}) == ["open"]
        error = error_of(lambda: tk.get_action("closed_list")({"user": "anna"}, {}))
        assert isinstance(error, tk.NotAuthorized) and error.message == "never", error
        assert tk.get_action("closed_list")(admin, {}) == ["closed"]
        assert tk.get_action("closed_list")({"ignore_auth": True}, {}) == ["closed"]
        assert error_of(lambda: tk.check_access("strict_list", admin)).message == "not even you"
        assert heard == [("open_list", ["open"]), ("closed_list", ["closed"]), ("closed_list", ["closed"])]
        host.close()
        """,
        begin=BEGIN,
    )
