"""What an interface of CKAN is, those of extensions included. Knows no plugin."""

from typing import Any, ClassVar


class Interface:
    """Base of every interface. A plugin implements it by `implements`, or by subclassing."""

    _reverse_iteration_order: ClassVar[bool] = False
    """Whether `PluginImplementations` goes through the plugins backwards, so that the first has the last word."""

    name: str
    """Of the plugin that implements it."""

    @classmethod
    def provided_by(cls, instance: object) -> bool:
        """Tell whether a plugin implements it."""
        return cls.implemented_by(type(instance))

    @classmethod
    def implemented_by(cls, other: Any) -> bool:
        """Tell whether a plugin class implements it."""
        declared = getattr(other, "_implements", ())
        return isinstance(other, type) and (issubclass(other, cls) or any(issubclass(each, cls) for each in declared))
