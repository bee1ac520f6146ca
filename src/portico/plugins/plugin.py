"""Makes plugin classes, which declare interfaces, and finds the instances that one plugin consists of."""

from __future__ import annotations

import inspect
import sys
from abc import ABCMeta
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from portico.errors import PluginError
from portico.plugins.interfaces import Interface, family_of
from portico.signals import Mutex

if TYPE_CHECKING:
    from collections.abc import Iterable

_DECLARED: Final = "_portico_implements"
_creating: Final = Mutex()


class PluginMeta(ABCMeta):
    """Collects the interfaces of a plugin class. An `ABCMeta`, so that plugins can derive from abstract classes."""

    __interfaces__: tuple[type[Interface], ...]
    _is_singleton: bool = False
    _instance: object
    _announced: object

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> PluginMeta:
        """Make the class, with the interfaces whose defaults it takes among its bases."""
        declared: dict[type[Interface], bool] = namespace.pop(_DECLARED, {})
        inherited = tuple(
            interface
            for interface, inherit in declared.items()
            if inherit and not any(issubclass(base, interface) for base in bases)
        )
        cls = super().__new__(mcs, name, (*bases, *inherited), namespace, **kwargs)
        found = dict.fromkeys(each for interface in declared for each in family_of(interface))
        for base in cls.__mro__[1:]:
            if isinstance(base, PluginMeta):
                found |= dict.fromkeys(vars(base).get("__interfaces__", ()))
            elif issubclass(base, Interface) and base is not Interface:
                found[base] = None
        cls.__interfaces__ = tuple(found)
        return cls

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make an instance; of a singleton there is one.

        The first that the class's own module makes while it is imported *is* the plugin.
        """
        if not cls._is_singleton:
            return cls._make(*args, **kwargs)
        with _creating:
            # In the class's own dictionary: a subclass does not get its parent's instance.
            if "_instance" not in vars(cls):
                cls._instance = cls._make(*args, **kwargs)
            return vars(cls)["_instance"]

    def _make(cls, *args: Any, **kwargs: Any) -> Any:
        plugin = super().__call__(*args, **kwargs)
        if "_announced" not in vars(cls) and _at_module_level(cls.__module__):
            cls._announced = plugin
        return plugin


def announced(plugin_class: object) -> object:
    """Return the instance that a class's own module made when it was imported; None if it made none."""
    return vars(plugin_class).get("_announced") if isinstance(plugin_class, PluginMeta) else None


def _at_module_level(module: str) -> bool:
    # Skipped: the frames of this module, in which an instance is made.
    frame = sys._getframe(1)  # noqa: SLF001 - there is no other way to know who calls
    while frame.f_globals is globals() and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") == module


class Plugin(metaclass=PluginMeta):
    """Base of plugins of which there can be several instances. Enabled or disabled whole.

    The first line of the class's docstring stands in listings.
    """

    requires: tuple[str, ...] = ()
    """The names of the plugins that it cannot work without. They are enabled before it, and not disabled under it."""


class SingletonPlugin(Plugin):
    """Base of plugins of which each class has one instance; a subclass has its own."""

    _is_singleton = True


def implements(interface: type[Interface], *more: type[Interface], inherit: bool = False) -> None:
    """Declare, in the body of a plugin class, that it implements an interface.

        class Greeter(SingletonPlugin):
            implements(ISignal)

    Args:
        interface: what is implemented.
        *more: further interfaces, declared the same way.
        inherit: take the interface's default methods for those that the class does not define.

    Raises:
        PluginError: it is called elsewhere, or with something that is no interface.
    """
    # The class being defined has no other handle yet.
    declare(sys._getframe(1).f_locals, interface, *more, inherit=inherit)  # noqa: SLF001


def declare(body: dict[str, Any], *interfaces: type[Interface], inherit: bool) -> None:
    """Do what `implements` does, for one that another library spells in its own way.

    Args:
        body: the local names in the body of the plugin class.
        *interfaces: what is implemented.
        inherit: as for `implements`.

    Raises:
        PluginError: the body is not that of a class, or one of these is no interface.
    """
    if "__qualname__" not in body or "__module__" not in body:
        msg = "cannot declare an interface here; call implements() in the body of a plugin class"
        raise PluginError(msg)
    declared = body.setdefault(_DECLARED, {})
    for each in interfaces:
        if not _is_interface(each):
            msg = f"{body['__qualname__']} cannot implement {each!r}: it is not an interface"
            raise PluginError(msg)
        declared[each] = inherit


def _is_interface(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, Interface)


def interfaces_of(plugin: object) -> tuple[type[Interface], ...]:
    """Return the interfaces that a plugin's class declares."""
    return getattr(type(plugin), "__interfaces__", ())


def check_interfaces(plugin: object) -> None:
    """Check that a plugin has every method that its interfaces ask for, callable as they call it.

    Raises:
        PluginError: it has not; the message names plugin class, interface and method.
    """
    for interface in interfaces_of(plugin):
        for name, wanted in interface.__asked_for__.items():
            title = f"{type(plugin).__qualname__} implements {interface.__name__}, but"
            method = getattr(plugin, name, None)
            if not callable(method):
                msg = f"{title} has no method {name!r}; define it, or declare implements(..., inherit=True)"
                raise PluginError(msg)
            if not _callable_like(method, wanted):
                msg = f"{title} its method {name!r} cannot be called as {name}{_signature(wanted)}"
                raise PluginError(msg)


def undeclared_interfaces(plugin: object) -> list[str]:
    """Return in words which of Portico's interfaces a plugin has methods of without declaring them: nobody asks it."""
    declared = {name for interface in interfaces_of(plugin) for name in interface.__asked_for__} | {"__call__"}
    return [
        f"it has {name}(), which nobody calls: declare implements({interface.__name__})"
        for interface in Interface.__subclasses__()
        # Methods of other people's interfaces may be called as anything is.
        if interface.__module__.startswith("portico.")
        for name in interface.__asked_for__
        if name not in declared and hasattr(type(plugin), name)
    ]


def _callable_like(method: Any, wanted: Any) -> bool:
    try:
        signature = inspect.signature(method)
    except (TypeError, ValueError):
        return True
    required = [p for p in inspect.signature(wanted).parameters.values() if p.default is p.empty]
    try:
        signature.bind(*(object() for _ in required[1:]))  # The interface's own `self` is bound in the plugin.
    except TypeError:
        return False
    return True


def _signature(wanted: Any) -> str:
    signature = inspect.signature(wanted)
    return str(signature.replace(parameters=list(signature.parameters.values())[1:]))


# -- instances ---------------------------------------------------------------------------------------------------


def parts_of(loaded: object) -> tuple[object, ...]:
    """Return a plugin's instances.

    Args:
        loaded: a plugin class; one that its own module made an instance of has that instance. Or an instance. Or a
            module: the instances that it makes of its plugin classes, else one of its only plugin class.

    Raises:
        PluginError: it is nothing of this.
    """
    if isinstance(loaded, ModuleType):
        return _parts_of_module(loaded)
    # The façades' plugin classes are of the same metaclass, and no plugins of Portico.
    if isinstance(loaded, type) and issubclass(loaded, Plugin):
        return (announced(loaded) or loaded(),)
    if isinstance(loaded, Plugin):
        return (loaded,)
    msg = f"{loaded!r} is not a plugin class; derive it from Plugin or SingletonPlugin"
    raise PluginError(msg)


def _parts_of_module(module: ModuleType) -> tuple[object, ...]:
    classes = list(dict.fromkeys(each for each in vars(module).values() if _is_defined_in(module, each)))
    made = tuple(part for each in classes if (part := announced(each)) is not None)
    if made:
        return made
    if len(classes) == 1:
        return (classes[0](),)
    names = ", ".join(each.__name__ for each in classes) or "none"
    msg = f"module {module.__name__} is to hold one plugin class, or to make its plugins at import; it has: {names}"
    raise PluginError(msg)


def _is_defined_in(module: ModuleType, candidate: object) -> TypeGuard[type[Plugin]]:
    # A package may collect its plugins from the modules inside.
    return (
        isinstance(candidate, PluginMeta)
        and issubclass(candidate, Plugin)
        and not inspect.isabstract(candidate)
        and f"{candidate.__module__}.".startswith(f"{module.__name__}.")
    )


def required_by(parts: Iterable[object]) -> tuple[str, ...]:
    """Return the names that the `requires` of a plugin's parts ask for.

    Raises:
        PluginError: it is something else than names.
    """
    names: dict[str, None] = {}
    for part in parts:
        requires = getattr(part, "requires", ())
        if isinstance(requires, str):
            requires = (requires,)  # Meant as one name, written without its comma.
        if not isinstance(requires, tuple | list) or not all(isinstance(name, str) for name in requires):
            msg = f"{type(part).__qualname__}.requires is {requires!r}; use a tuple of plugin names"
            raise PluginError(msg)
        names |= dict.fromkeys(requires)
    return tuple(names)
