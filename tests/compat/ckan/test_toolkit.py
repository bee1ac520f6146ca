"""The toolkit: configuration, conversions, versions, folders, pages, exceptions."""

from tests.compat.ckan.extensions import Extensions


def test_values_are_converted(extensions: Extensions) -> None:
    extensions.run(
        """
        assert [tk.asbool(each) for each in ("true", "On", "1", "yes", True, 1)] == [True] * 6
        assert [tk.asbool(each) for each in ("false", "off", "0", "no", "", None, False)] == [False] * 7
        assert tk.asint("3") == 3 and tk.aslist("a b\\nc") == ["a", "b", "c"] and tk.aslist("a, b", ",") == ["a", "b"]
        assert tk.aslist(None) == [] and tk.aslist(["x"]) == ["x"] and tk.aslist(5) == [5]
        for wrong in (lambda: tk.asbool("perhaps"), lambda: tk.asint("x"), lambda: tk.asint(None)):
            try:
                wrong()
            except ValueError:
                pass
            else:
                raise AssertionError
        assert tk._("Hello") == "Hello" and tk.ungettext("Mouse", "Mice", 2) == "Mice"
        """
    )


def test_the_version_is_one_that_extensions_can_ask_about(extensions: Extensions) -> None:
    extensions.run(
        """
        assert tk.check_ckan_version("2.10") and tk.check_ckan_version(min_version="2.9.5", max_version="2.11.99")
        assert not tk.check_ckan_version(min_version="2.12.0a1") and not tk.check_ckan_version(max_version="2.9")
        tk.requires_ckan_version("2.9")
        try:
            tk.requires_ckan_version("3.0")
        except tk.CkanVersionException as error:
            assert "3.0 or later" in str(error)
        """
    )


def test_the_configuration_is_that_of_the_open_host(extensions: Extensions) -> None:
    extensions.run(
        """
        from portico import Portico
        tk.config["everywhere"] = "1"
        with Portico():
            tk.config["here"] = "2"
            assert tk.config.get("everywhere") == "1" and "here" in tk.config
            assert tk.config.get_value("nothing") is None and tk.config.copy()["here"] == "2"
            assert "2" not in repr(tk.config)
        assert "here" not in tk.config
        with Portico():
            assert "here" not in tk.config
        """
    )


def test_templates_of_extensions_are_found_and_helpers_are_in_them(extensions: Extensions) -> None:
    both = {
        "first": "both = tk.chained_helper(lambda next_helper, x: '<' + next_helper(x) + '>')",
        "second": "both = lambda x: x",
    }
    for name in ("first", "second"):
        extensions.add(
            name,
            f"""
            import ckan.plugins as p
            import ckan.plugins.toolkit as tk
            from flask import Blueprint
            pages = Blueprint("{name}", __name__)

            @pages.route("/{name}")
            def index():
                return tk.render("{name}/index.html", {{"who": "you"}}) + tk.render("both.html")

            class {name.title()}Plugin(p.SingletonPlugin):
                p.implements(p.IConfigurer); p.implements(p.IBlueprint); p.implements(p.ITemplateHelpers)
                def update_config(self, config_):
                    tk.add_template_directory(config_, "templates")
                    tk.add_public_directory(config_, "public")
                    tk.add_resource("assets", "{name}")
                def get_blueprint(self):
                    return pages
                def get_helpers(self):
                    return {{"{name}_mark": lambda: "!", "both": both}}

            {both[name]}
            """,
        )
        folder = extensions.folder / f"ckanext-{name}/ckanext/{name}/templates"
        (folder / name).mkdir(parents=True)
        helpers = f"{{{{ h.{name}_mark() }}}}{{{{ h.both('x') | safe }}}}"
        (folder / name / "index.html").write_text("{{ who }}" + helpers)
        (folder / "both.html").write_text(f"both of {name}")

    extensions.run(
        """
        import flask
        from portico import Portico
        app = flask.Flask("x")
        host = Portico(plugins=["first", "second"])
        portico.compat.ckan.manage(host, ["first", "second"])
        host.init_app(app)
        client = app.test_client()
        assert client.get("/first").text == "you!<x>both of first", client.get("/first").text
        assert client.get("/second").text == "you!<x>both of first", "the first plugin's wins, as in CKAN"
        assert list(tk.config["plugin_resources"]) == ["second", "first"]
        assert tk.config["plugin_public_paths"][0].endswith("ckanext/first/public")
        with app.test_request_context("/first"):
            assert tk.get_endpoint() == ("first", "index") and tk.url_for("first.index") == "/first"
            assert tk.redirect_to("first.index").location == "/first" == tk.redirect_to("/first").location
            tk.g.x = 1
            assert tk.c.x == 1 and tk.request.path == "/first"
        assert tk.get_endpoint() == (None, None)
        host.close()
        """
    )


def test_the_exceptions_are_those_of_portico_too(extensions: Extensions) -> None:
    extensions.run(
        """
        from portico import errors
        assert issubclass(tk.NotAuthorized, errors.NotAuthorizedError)
        assert issubclass(tk.ObjectNotFound, errors.NotFoundError)
        error = tk.ValidationError({"resources": [{"url": ["Missing"]}], "name": ["Taken", "Short"]})
        assert isinstance(error, errors.ValidationError) and error.error_dict["resources"] == [{"url": ["Missing"]}]
        assert error.error_summary["Name"] == "Taken, Short"
        assert tk.ValidationError("no").error_dict == {"message": ["no"]}
        assert tk.ValidationError({}, error_summary={"A": "b"}).error_summary == {"A": "b"}
        assert tk.NotAuthorized("why").message == "why" and tk.Invalid("bad").error == "bad"
        assert tk.get_or_bust({"a": 1, "b": 2}, ["a", "b"]) == (1, 2) and tk.get_or_bust({"a": 1}, "a") == 1
        try:
            tk.get_or_bust({}, "id")
        except tk.ValidationError as error:
            assert error.error_dict == {"id": ["Missing value"]}
        try:
            tk.enqueue_job
        except AttributeError as error:
            assert str(error) == "Portico's façade of CKAN has no toolkit.enqueue_job"
        """
    )


def test_default_translation_says_where_the_translations_of_an_extension_are(extensions: Extensions) -> None:
    extensions.add(
        "tides",
        """
        import ckan.plugins as p
        import ckan.plugins.toolkit as tk
        class TidesPlugin(p.SingletonPlugin, tk.DefaultTranslation):
            p.implements(p.ITranslation)
        """,
    )
    (extensions.folder / "ckanext-tides/ckanext/tides/i18n/de").mkdir(parents=True)

    extensions.run(
        """
        with p.use_plugin("tides") as tides:
            assert tides.i18n_directory().endswith("ckanext/tides/i18n") and tides.i18n_locales() == ["de"]
            assert tides.i18n_domain() == "ckanext-tides"
        """
    )
