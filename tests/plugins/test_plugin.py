import pytest

from portico.errors import PluginError
from portico.plugins import Interface, IPluginBootstrap, ISignal, Plugin, SingletonPlugin, implements
from portico.plugins.plugin import check_interfaces, interfaces_of


class IGreeting(Interface):
    def greet(self, name: str) -> str:
        """Greet somebody."""
        return f"hello {name}"


def test_implements_in_the_class_body_declares_an_interface() -> None:
    class Greeter(Plugin):
        implements(IGreeting)

        def greet(self, name: str) -> str:
            return name

    assert interfaces_of(Greeter()) == (IGreeting,)
    assert IGreeting.implemented_by(Greeter)
    assert IGreeting.provided_by(Greeter())


def test_several_interfaces_can_be_declared_at_once() -> None:
    class Both(Plugin):
        implements(ISignal, IPluginBootstrap, inherit=True)

    assert set(interfaces_of(Both())) == {ISignal, IPluginBootstrap}


def test_subclassing_an_interface_declares_it() -> None:
    class Greeter(Plugin, IGreeting):
        pass

    assert interfaces_of(Greeter()) == (IGreeting,)
    assert Greeter().greet("jane") == "hello jane"


def test_a_subclass_of_a_plugin_implements_what_its_parent_does() -> None:
    class Parent(Plugin):
        implements(IGreeting, inherit=True)

    class Child(Parent):
        implements(ISignal, inherit=True)

    assert set(interfaces_of(Child())) == {IGreeting, ISignal}
    assert interfaces_of(Parent()) == (IGreeting,)


def test_inherit_brings_the_default_methods_and_super_reaches_them() -> None:
    class Loud(Plugin):
        implements(IGreeting, inherit=True)

        def greet(self, name: str) -> str:
            # Type checkers do not see the base that `implements` brings.
            return str(super().greet(name)).upper()  # type: ignore[misc]

    assert Loud().greet("jane") == "HELLO JANE"


def test_implementing_something_that_is_no_interface_is_refused() -> None:
    with pytest.raises(PluginError, match="cannot implement <class 'int'>: it is not an interface"):

        class Wrong(Plugin):
            implements(int)  # type: ignore[arg-type]


def test_implements_outside_of_a_class_body_is_refused() -> None:
    with pytest.raises(PluginError, match=r"call implements\(\) in the body of a plugin class"):
        implements(ISignal)


def test_a_missing_method_is_named_with_its_plugin_and_interface() -> None:
    class Mute(Plugin):
        implements(IGreeting)

    with pytest.raises(PluginError, match=r"Mute implements IGreeting, but has no method 'greet'"):
        check_interfaces(Mute())


def test_a_method_of_the_wrong_arity_is_named_with_the_call_it_has_to_take() -> None:
    class Deaf(Plugin):
        implements(IGreeting)

        def greet(self) -> str:
            return "hello"

    with pytest.raises(PluginError, match=r"its method 'greet' cannot be called as greet\(name: str\) -> str"):
        check_interfaces(Deaf())


def test_a_method_that_takes_more_with_defaults_will_do() -> None:
    class Polite(Plugin):
        implements(IGreeting)

        def greet(self, name: str, title: str = "") -> str:
            return title + name

    check_interfaces(Polite())


def test_a_singleton_plugin_has_one_instance_per_class() -> None:
    class One(SingletonPlugin):
        pass

    class Two(One):
        pass

    assert One() is One()
    assert Two() is Two()
    assert type(Two()) is Two


def test_a_singleton_is_initialised_once() -> None:
    made = []

    class One(SingletonPlugin):
        def __init__(self) -> None:
            made.append(self)

    One()
    One()

    assert len(made) == 1


def test_a_plain_plugin_has_as_many_instances_as_are_made() -> None:
    class Many(Plugin):
        pass

    assert Many() is not Many()


def test_a_plugin_provides_the_interfaces_that_a_declared_one_extends() -> None:
    class Wider(ISignal):
        pass

    class Hearing(Plugin):
        implements(Wider, inherit=True)

    class Declaring(Plugin):
        implements(Wider)

    assert ISignal.provided_by(Hearing())
    assert ISignal.provided_by(Declaring())
