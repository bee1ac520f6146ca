"""The blanket decorators, in all their forms."""

from typing import Any

import pytest

from tests.compat.ckan.extensions import Extensions

MODULES: dict[str, Any] = {
    "logic__action": """
    import ckan.plugins.toolkit as tk
    from os.path import join
    import ckanext.covered.plugin  # the plugin's module imports this one, or is imported by it

    @tk.side_effect_free
    def covered_show(context, data_dict):
        tk.check_access("covered_show", context, data_dict)
        return tk.h.covered_upper(data_dict["text"])

    def _private(context, data_dict):
        pass
    """,
    "logic__auth": """
    import ckan.plugins.toolkit as tk

    @tk.auth_allow_anonymous_access
    def covered_show(context, data_dict):
        return {"success": "text" in data_dict, "msg": "text is missing"}
    """,
    "logic__validators": """
    import ckan.plugins.toolkit as tk
    __all__ = ["covered_short"]

    def covered_short(value):
        if len(value) > 3:
            raise tk.Invalid("too long")
        return value

    def covered_hidden(value):
        pass
    """,
    "helpers": """
    def covered_upper(text):
        return text.upper()
    """,
    "views": """
    from flask import Blueprint
    covered = Blueprint("covered", __name__)

    @covered.route("/covered")
    def index():
        return "pages"
    """,
    "cli": """
    import click

    @click.command()
    def covered():
        pass
    """,
}
DECLARATION = """{"version": 1, "groups": [{"annotation": "covered", "options": [
    {"key": "ckanext.covered.on", "type": "bool", "default": "yes"},
    {"key": "ckanext.covered.limit", "type": "int", "default": 5},
    {"key": "ckanext.covered.words", "type": "list", "default": "a b"},
    {"key": "ckanext.covered.name", "default": "nobody"}
]}]}"""
NAMES = ("auth_functions", "actions", "blueprints", "cli", "config_declarations", "helpers", "validators")
CHECK = """
    import flask
    from portico import Portico
    from portico.errors import PluginError
    app = flask.Flask("x")
    tk.config["ckanext.covered.limit"] = "7"
    host = Portico(plugins=["covered"])
    portico.compat.ckan.manage(host, ["covered"])
    host.init_app(app)
    assert p.plugin_loaded("covered"), host.plugins.get("covered").failure.traceback
    show = tk.get_action("covered_show")
    assert show({}, {"text": "abc"}) == "ABC" and show.side_effect_free
    try:
        show({}, {})
    except tk.NotAuthorized as error:
        assert error.message == "text is missing"
    assert app.test_client().get("/covered").text == "pages"
    assert tk.h.covered_upper("a") == "A" and "covered_upper" in tk.h and "nothing" not in tk.h
    assert tk.get_validator("covered_short")("abc") == "abc"
    for missing in ("covered_hidden", "nothing"):
        try:
            tk.get_validator(missing)
        except tk.UnknownValidator:
            pass
        else:
            raise AssertionError
    assert [each.name for each in p.get_plugin("covered").get_commands()] == ["covered"]
    values = {name: tk.config[f"ckanext.covered.{name}"] for name in ("on", "limit", "words", "name")}
    assert values == {"on": True, "limit": 7, "words": ["a", "b"], "name": "nobody"}, values
    host.plugins.disable("covered")
    assert "covered_upper" not in tk.h and app.test_client().get("/covered").status_code == 404
    for gone in (lambda: tk.get_action("covered_show"), lambda: tk.h["covered_upper"]):
        try:
            gone()
        except (KeyError, tk.HelperError):
            pass
        else:
            raise AssertionError
    host.close()
"""


@pytest.mark.parametrize("form", ["bare", "called", "given"])
def test_a_plugin_is_covered(extensions: Extensions, form: str) -> None:
    given = {
        "auth_functions": "(lambda: {'covered_show': auth.covered_show})",
        "actions": "({'covered_show': action.covered_show})",
        "blueprints": "([views.covered])",
        "cli": "(cli)",
        "config_declarations": "('config_declaration.json')",
        "helpers": "(helpers)",
        "validators": "(validators)",
    }
    argument = {"bare": dict.fromkeys(NAMES, ""), "called": dict.fromkeys(NAMES, "()"), "given": given}[form]
    decorators = "\n".join(f"@tk.blanket.{name}{argument[name]}" for name in NAMES)
    imports = (
        "from ckanext.covered.logic import action, auth, validators\nfrom ckanext.covered import cli, helpers, views"
        if form == "given"
        else ""
    )
    extensions.add(
        "covered",
        f"import ckan.plugins as p\nimport ckan.plugins.toolkit as tk\n{imports}\n"
        f"{decorators}\nclass CoveredPlugin(p.SingletonPlugin):\n    pass\n",
        **MODULES,
    )
    (extensions.folder / "ckanext-covered/ckanext/covered/config_declaration.json").write_text(DECLARATION)

    extensions.run(CHECK)


def test_a_declaration_is_also_a_dict_a_function_or_a_method(extensions: Extensions) -> None:
    extensions.add(
        "declared",
        """
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk

        @tk.blanket.config_declarations({"groups": [{"options": [{"key": "a.b", "default": 1}]}]})
        class DictPlugin(p.SingletonPlugin):
            pass

        def declare(declaration, key):
            declaration.declare(key.c.d, 2).set_description("Two")
        @tk.blanket.config_declarations(declare)
        class FunctionPlugin(p.SingletonPlugin):
            pass

        class MethodPlugin(p.SingletonPlugin):
            p.implements(p.IConfigDeclaration)
            p.implements(p.IConfigurer)
            def declare_config_options(self, declaration, key):
                declaration.annotate("Mine")
                group = key.e.f
                declaration.declare_bool(group.on, "no").set_example("yes").set_validators("x")
                declaration.declare_int(group.n)
                declaration.declare_list(group.many)
                declaration.declare_dynamic(group.dynamic("name"))
            def update_config(self, config):
                self.seen = dict(config)
        """,
        entry_points={name: f"ckanext.declared.plugin:{name.title()}Plugin" for name in ("dict", "function", "method")},
    )

    extensions.run(
        """
        with p.use_plugin("dict", "function", "method") as (_, _, method):
            assert (tk.config["a.b"], tk.config["c.d"]) == (1, 2)
            seen = {key: value for key, value in method.seen.items() if key.startswith("e")}
            assert seen == {"e.f.on": False, "e.f.n": 0, "e.f.many": []}, seen
            assert method.seen["c.d"] == 2, "declared before any update_config"
        """
    )


def test_a_blanket_covers_the_class_and_not_those_it_derives_from(extensions: Extensions) -> None:
    extensions.run(
        """
        class Base(p.SingletonPlugin):
            pass
        @tk.blanket.helpers({"x": len})
        class Child(Base):
            pass
        assert p.ITemplateHelpers.implemented_by(Child) and not p.ITemplateHelpers.implemented_by(Base)
        """
    )


def test_a_module_that_is_not_there_fails_the_plugin_by_name(extensions: Extensions) -> None:
    extensions.add(
        "empty",
        """
        import ckan.plugins as p
        @p.toolkit.blanket.actions
        class EmptyPlugin(p.SingletonPlugin):
            pass
        """,
    )

    output = extensions.run(
        """
        from portico.errors import PluginError
        try:
            p.use_plugin("empty").__enter__()
        except PluginError as error:
            print(error)
        """
    )

    assert "No module named 'ckanext.empty.logic'" in output
