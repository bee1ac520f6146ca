"""What becomes importable, when that is refused, and namespace packages without `pkg_resources`."""

from pathlib import Path

import flask
import pytest

from tests.compat.ckan.extensions import EITHER, PKG_RESOURCES, Extensions

PLUGIN = """
import ckan.plugins as p
class {}Plugin(p.SingletonPlugin):
    pass
"""


def test_importing_the_facade_changes_nothing(extensions: Extensions) -> None:
    extensions.run(
        """
        import sys
        import portico.compat.ckan
        assert not any(name.split(".")[0] in ("ckan", "ckantoolkit", "flask") for name in sys.modules)
        """,
        begin="",
    )


def test_the_modules_of_ckan_can_be_imported_in_every_way(extensions: Extensions) -> None:
    extensions.run(
        """
        import ckan, ckan.plugins, ckan.plugins.toolkit, ckan.plugins.interfaces, ckan.plugins.core
        import ckan.lib.signals as signals, ckan.lib.helpers as helpers, ckan.lib.plugins, ckan.common, ckan.types
        import ckantoolkit, ckantoolkit as tk2
        from ckan import plugins, types
        from ckan.plugins import SingletonPlugin, implements, toolkit, PluginImplementations
        from ckan.plugins.core import Plugin
        from ckan.plugins.toolkit import blanket, _, config, get_action
        from ckan.lib.signals import action_succeeded
        from ckan.lib import signals as again
        from ckan.common import _, asbool, config as same, current_user, g, request, CKANConfig
        from ckan.types import Action, AuthResult, Context, DataDict, Schema, SignalMapping, Validator, ActionResult
        assert plugins is ckan.plugins and toolkit is ckan.plugins.toolkit and again is signals
        assert config is same and tk2.config is config and toolkit.ckan is ckan
        assert ckan.__version__ == "2.11.0" and ActionResult.UserShow
        names = {}
        exec("from ckan.plugins import *", names)
        assert {"SingletonPlugin", "implements", "ISignal", "load", "toolkit"} <= names.keys()
        """
    )


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("import ckan.model", "ckan.model"),
        ("from ckan import model", "ckan.model"),
        ("from ckan.lib import base", "ckan.lib.base"),
        ("from ckan.lib.navl import validators", "ckan.lib.navl.validators"),
        ("from ckan.config import middleware", "ckan.config.middleware"),
    ],
)
def test_a_module_that_the_facade_lacks_is_a_module_not_found(
    extensions: Extensions, statement: str, name: str
) -> None:
    finished = extensions.attempt(statement)

    assert finished.returncode == 1
    assert f"ModuleNotFoundError: No module named '{name}'" in finished.stderr


def test_asking_a_package_for_what_no_module_is_called_is_an_attribute_error(extensions: Extensions) -> None:
    extensions.run("import ckan.lib.navl\nassert not any(hasattr(each, '__wrapped__') for each in (ckan, ckan.lib))\n")


def test_modules_that_signal_code_imports_besides_the_toolkit_are_there(extensions: Extensions) -> None:
    extensions.run(
        """
        from ckan.config.declaration import Declaration, Key
        from ckan.exceptions import CkanConfigurationException, CkanException, CkanVersionException, HelperError
        from ckan.lib.navl.dictization_functions import Invalid, StopOnError, missing, validate
        from ckan.logic import (ActionError, NotAuthorized, NotFound, ValidationError, check_access, get_action,
                                get_or_bust, side_effect_free)
        from ckan import logic
        assert (NotFound, NotAuthorized, ValidationError) == (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError)
        assert all(issubclass(each, ActionError) for each in (NotFound, NotAuthorized, ValidationError))
        assert logic.get_action is tk.get_action and logic.side_effect_free is tk.side_effect_free
        assert issubclass(tk.HelperError, CkanException) and tk.CkanVersionException is CkanVersionException
        assert validate is tk.navl_validate and tk.missing is missing and tk.Invalid is Invalid
        assert str(Key().ckanext.tides.interval) == "ckanext.tides.interval" and not Declaration().options
        try:
            logic.schema
        except AttributeError as error:
            assert str(error) == "Portico's façade of CKAN has no ckan.logic.schema"
        """
    )


def test_any_plugin_may_send_any_signal_of_core_and_extensions_with_what_it_has(extensions: Extensions) -> None:
    extensions.run(
        """
        from ckan.plugins.toolkit import signals
        from portico.builtin import core, ext, user_created
        heard = []
        def hear(sender, **payload):
            heard.append((sender, payload))
        @ext.signal
        def counted(app, /, *, number: int) -> None:
            "Declared after the opening."
        for signal in (signals.user_created, counted, signals.failed_login):
            signal.connect(hear)
        signals.user_created.send("jane", user=None, origin="import")
        signals.user_created.send("jane")
        signals.failed_login.send(sender="jane")
        counted.send()
        assert heard == [
            ("jane", {"user": None, "origin": "import"}), ("jane", {}), ("jane", {}), (None, {})
        ], heard
        """
    )


def test_undoing_makes_the_signals_strict_again(extensions: Extensions) -> None:
    extensions.run(
        """
        from portico.builtin import user_created
        undo = portico.compat.ckan.install()
        user_created.send("jane")
        undo()
        try:
            user_created.send("jane")
        except TypeError as error:
            assert "core:user_created.send() missing" in str(error), error
        else:
            raise AssertionError
        """,
        begin="import portico.compat.ckan",
    )


def test_installing_twice_is_installing_once_and_can_be_undone(extensions: Extensions) -> None:
    extensions.run(
        """
        import sys
        again = portico.compat.ckan.install({"a": 1})
        import ckan.plugins
        assert ckan.plugins is p and tk.config["a"] == 1
        again()
        assert "ckan" in sys.modules, "the first is still there"
        undo()
        assert not [name for name in sys.modules if name.split(".")[0] in ("ckan", "ckantoolkit")]
        """,
        begin="""
import portico.compat.ckan
undo = portico.compat.ckan.install()
import ckan.plugins as p
import ckan.plugins.toolkit as tk
""",
    )


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.parametrize("regular", [False, True])
def test_it_is_refused_where_another_ckan_can_be_imported(
    extensions: Extensions, tmp_path: Path, *, imported: bool, regular: bool
) -> None:
    (tmp_path / "real" / "ckan").mkdir(parents=True)
    if regular:
        (tmp_path / "real" / "ckan" / "__init__.py").write_text("__version__ = '2.11.0'\n")

    output = extensions.run(
        f"""
        import sys
        import portico.compat.ckan
        if {imported}:
            import ckan
        from portico.errors import ConfigurationError
        try:
            portico.compat.ckan.install()
        except ConfigurationError as error:
            print(error)
        assert "ckan.plugins" not in sys.modules
        """,
        begin="",
        path=(tmp_path / "real",),
    )

    assert output.startswith("cannot stand in for CKAN: a package of that name is in ")


@pytest.mark.parametrize("namespace", [EITHER, PKG_RESOURCES, None])
def test_namespace_packages_lie_in_several_folders(extensions: Extensions, namespace: str | None) -> None:
    for name in ("one", "two", "three"):
        extensions.add(name, PLUGIN.format(name.title()), namespace=namespace)

    extensions.run(USE_ALL)


USE_ALL = """
    with p.use_plugin("one", "two", "three") as plugins:
        assert [each.name for each in plugins] == ["one", "two", "three"]
"""


def test_pkg_resources_is_supplied_where_it_is_not_installed(extensions: Extensions, tmp_path: Path) -> None:
    for name, namespace in {"one": PKG_RESOURCES, "two": EITHER, "three": None}.items():
        extensions.add(name, PLUGIN.format(name.title()), namespace=namespace)
    library = folder_without_pkg_resources(tmp_path)

    extensions.run(
        "import pkg_resources\nassert not hasattr(pkg_resources, 'get_distribution')\n"
        "with p.use_plugin('one', 'two', 'three'): pass\n",
        "-S",
        path=(library,),
    )


def test_a_real_pkg_resources_is_left_alone(extensions: Extensions, tmp_path: Path) -> None:
    library = folder_without_pkg_resources(tmp_path)
    (library / "pkg_resources.py").write_text("real = True\n")

    extensions.run("import pkg_resources\nassert pkg_resources.real\n", "-S", path=(library,))


def folder_without_pkg_resources(tmp_path: Path) -> Path:
    """What is installed here, besides setuptools."""
    library = tmp_path / "library"
    library.mkdir()
    for place in Path(flask.__file__).parents[1].iterdir():
        if place.suffix != ".pth" and not place.name.startswith(("pkg_resources", "setuptools", "_distutils")):
            (library / place.name).symlink_to(place)
    (library / "portico").symlink_to(Path(__file__).parents[3] / "src" / "portico")
    return library
