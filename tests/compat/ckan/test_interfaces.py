"""Plugin classes and their interfaces, in the ways in which extensions declare them."""

import pytest

from tests.compat.ckan.extensions import Extensions

PUBLIC = """
Interface IMiddleware IAuthFunctions IDomainObjectModification IFeed IGroupController IOrganizationController
IPackageController IPluginObserver IConfigurable IConfigDeclaration IConfigurer IActions IResourceUrlChange
IDatasetForm IValidators IResourceView IResourceController IGroupForm ITagController ITemplateHelpers IFacets
IAuthenticator ITranslation IUploader IBlueprint IPermissionLabels IForkObserver IApiToken IClick ISignal IRoutes
IMapper ISession IResourcePreview
"""


def test_every_interface_can_be_implemented_without_a_method_of_ones_own(extensions: Extensions) -> None:
    extensions.add(
        "all",
        f"""
        import ckan.plugins as p
        import ckan.plugins.interfaces as interfaces
        from ckan.lib.plugins import DefaultTranslation
        names = {PUBLIC.split()!r}

        def body(own):
            for name in names[1:]:
                assert getattr(p, name) is getattr(interfaces, name)

        class AllPlugin(p.SingletonPlugin, DefaultTranslation, p.toolkit.DefaultDatasetForm):
            for name in names[1:]:
                p.implements(getattr(p, name), inherit=True)
            body(locals())
        """,
    )

    extensions.run(
        """
        from portico.host import current_host
        with p.use_plugin("all") as plugin:
            from ckanext.all.plugin import names
            for name in names:
                interface = getattr(p, name)
                assert interface.provided_by(plugin) and interface.implemented_by(type(plugin)), name
            assert not p.ISignal.implemented_by(p.SingletonPlugin)
            assert plugin.i18n_domain() == "ckanext-all" and plugin.i18n_locales() == []
            (note,) = current_host().plugins.get("all").notes
            assert "IPackageController" in note.text and "ISignal" not in note.text
        """
    )


@pytest.mark.parametrize(
    "header",
    [
        "class WaysPlugin(p.ISignal, p.IConfigurable, p.SingletonPlugin): pass",
        "class WaysPlugin(p.SingletonPlugin, p.ISignal, p.IConfigurable): pass",
        "class WaysPlugin(p.SingletonPlugin): p.implements(p.ISignal); p.implements(p.IConfigurable)",
        "class WaysPlugin(p.Plugin): p.implements(p.ISignal, inherit=True); p.implements(p.IConfigurable, True)",
        """
class Base(p.SingletonPlugin): p.implements(p.ISignal); p.implements(p.IConfigurable, inherit=True)
class WaysPlugin(Base): pass
""",
    ],
)
def test_an_interface_is_declared_or_inherited(extensions: Extensions, header: str) -> None:
    extensions.add(
        "ways",
        f"""import ckan.plugins as p
{header}
def get_signal_subscriptions(self):
    return {{p.toolkit.signals.failed_login: [lambda sender: 1]}}
WaysPlugin.get_signal_subscriptions = get_signal_subscriptions
WaysPlugin.configure = lambda self, config: setattr(self, "configured", True)
""",
    )

    extensions.run(
        """
        with p.use_plugin("ways") as plugin:
            assert plugin.configured and len(tk.signals.failed_login.send("x")) == 1
        """
    )


def test_extensions_have_interfaces_of_their_own(extensions: Extensions) -> None:
    extensions.add(
        "owner",
        """
        import ckan.plugins as p
        class OwnerPlugin(p.SingletonPlugin):
            pass
        """,
        interfaces="""
        from ckan.plugins.interfaces import Interface
        class IOwned(Interface):
            def skip(self, event):
                return "default"
            def other(self):
                raise NotImplementedError
        """,
    )
    extensions.add(
        "user",
        """
        import ckan.plugins as p
        from ckanext.owner.interfaces import IOwned
        class UserPlugin(p.SingletonPlugin):
            p.implements(IOwned, inherit=True)
        """,
    )

    extensions.run(
        """
        with p.use_plugin("user"):
            from ckanext.owner.interfaces import IOwned
            assert [each.skip(1) for each in p.PluginImplementations(IOwned)] == ["default"]
        """
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("p.implements(p.ISignal)", "WrongPlugin implements ISignal, but has no method 'get_signal_subscriptions'"),
        (
            "p.implements(p.IConfigurable)\n    def configure(self): pass",
            "WrongPlugin implements IConfigurable, but its method 'configure' cannot be called with 1 arguments",
        ),
        ("p.implements(p.IActions)\n    get_actions = 1", "has no method 'get_actions'"),
        ("p.implements(dict)", "it is not an interface of ckan.plugins"),
    ],
)
def test_an_interface_that_is_not_fulfilled_is_named(extensions: Extensions, body: str, message: str) -> None:
    extensions.add("wrong", f"import ckan.plugins as p\nclass WrongPlugin(p.SingletonPlugin):\n    {body}\n")

    output = extensions.run(
        """
        from portico.errors import PluginError
        try:
            with p.use_plugin("wrong"):
                pass
        except PluginError as error:
            print(error)
        """
    )

    assert message in output


def test_an_old_interface_that_portico_never_calls_need_not_be_complete(extensions: Extensions) -> None:
    extensions.add(
        "old",
        """
        import ckan.plugins as p
        class OldPlugin(p.SingletonPlugin):
            p.implements(p.IPackageController)
            def after_create(self, context, pkg_dict):
                pass
            def __init__(self, name=None):
                self.made = True
        """,
    )

    extensions.run(
        """
        with p.use_plugin("old") as plugin:
            assert plugin.made and plugin.name == "old"
        """
    )


def test_a_plugin_has_a_name_whatever_its_init_does(extensions: Extensions) -> None:
    extensions.run(
        """
        class Silent(p.SingletonPlugin):
            def __init__(self, **kwargs):
                self.made = True
        class Named(p.Plugin):
            name = "from-the-class"
            def __init__(self):
                self.made = True
        class Plain(p.Plugin):
            pass
        assert Silent().name == "Silent" and Silent() is Silent()
        assert Named().name == "from-the-class" and Named() is not Named()
        assert [Plain().name, Plain(name="given").name, str(Plain("ignored"))] == ["Plain", "given", "<Plugin Plain>"]
        """
    )


def test_an_abstract_plugin_class_is_not_made_and_its_child_is(extensions: Extensions) -> None:
    extensions.run(
        """
        import abc
        class Base(p.SingletonPlugin, abc.ABC):
            @abc.abstractmethod
            def answer(self): ...
        class Child(Base):
            def answer(self):
                return 42
        try:
            Base()
        except TypeError as error:
            assert "abstract" in str(error)
        else:
            raise AssertionError
        assert Child().answer() == 42
        """
    )


def test_implements_outside_of_a_class_body_is_refused(extensions: Extensions) -> None:
    output = extensions.run(
        """
        from portico.errors import PluginError
        try:
            p.implements(p.ISignal)
        except PluginError as error:
            print(error)
        """
    )

    assert "call implements() in the body of a plugin class" in output


def test_a_plugin_of_ckan_is_no_plugin_of_portico(extensions: Extensions) -> None:
    output = extensions.run(
        """
        from portico import Portico
        from portico.plugins import Candidate
        class Stray(p.SingletonPlugin):
            p.implements(p.ISignal, inherit=True)
        with Portico() as host:
            host.plugins.manager.add(Candidate("a_class", "here:Stray", load=lambda: Stray))
            host.plugins.manager.add(Candidate("an_instance", "here:Stray", load=Stray))
            host.plugins.manager.enable_all(["a_class", "an_instance"])
            for name in ("a_class", "an_instance"):
                print(host.plugins.manager.get(name).failure.error)
        """
    )

    assert output.count("is not a plugin class; derive it from Plugin or SingletonPlugin") == 2
