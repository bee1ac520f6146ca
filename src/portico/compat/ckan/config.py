"""Reads configuration as extensions do: values by dotted name, conversions, declared options and their defaults."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TRUE: Final = frozenset({"true", "yes", "on", "y", "t", "1"})
FALSE: Final = frozenset({"false", "no", "off", "n", "f", "0", ""})


class CKANConfig(MutableMapping[str, Any]):
    """Values by dotted name."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        """Start with these."""
        self._own: dict[str, Any] = dict(values or {})

    @property
    def _values(self) -> dict[str, Any]:
        return self._own

    def get_value(self, key: str) -> Any:
        """Return a value; None if there is none."""
        return self._values.get(key)

    def copy(self) -> CKANConfig:
        """Return these values, to be changed on their own."""
        return CKANConfig(self._values)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        # Values may be secrets.
        return f"<CKANConfig of {len(self)} values>"


def asbool(obj: Any) -> bool:
    """Return a value as a yes or no.

    Raises:
        ValueError: it is a text that is neither.
    """
    if not isinstance(obj, str):
        return bool(obj)
    word = obj.strip().lower()
    if word not in TRUE | FALSE:
        msg = f"cannot read {obj!r} as true or false; use true or false"
        raise ValueError(msg)
    return word in TRUE


def asint(obj: Any) -> int:
    """Return a value as a whole number.

    Raises:
        ValueError: it is none.
    """
    try:
        return int(obj)
    except (TypeError, ValueError) as error:
        msg = f"cannot read {obj!r} as a whole number; use digits"
        raise ValueError(msg) from error


def aslist(obj: Any, sep: str | None = None, strip: bool = True) -> Any:
    """Return a value as a list: a text is split, nothing is an empty one."""
    if isinstance(obj, str):
        parts = obj.split(sep)
        return [part.strip() for part in parts] if strip else parts
    if isinstance(obj, list | tuple):
        return obj
    return [] if obj is None else [obj]


# -- what extensions declare of their configuration: only types and defaults are used --------------------------------

_READERS: Final[dict[str, Callable[[Any], Any]]] = {"bool": asbool, "int": asint, "list": aslist}


class Key:
    """A dotted name, written as attributes: `key.ckanext.tides.interval`."""

    def __init__(self, *path: str) -> None:
        """Start with these parts."""
        self._path: Final = path

    def __getattr__(self, name: str) -> Key:
        return Key(*self._path, name)

    __getitem__ = __getattr__

    def dynamic(self, name: str) -> Key:
        """Return a name with a part that is anything; it has no default."""
        return Key(*self._path, f"<{name}>")

    def __str__(self) -> str:
        return ".".join(self._path)


class Option:
    """One declared value. What is said of it besides its type and default is taken and not used."""

    def __init__(self, default: Any, kind: str = "base") -> None:
        """Take a default."""
        self.default = default
        self.kind = kind

    def set_default(self, default: Any) -> Option:
        """Take another default."""
        self.default = default
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: self


class Declaration:
    """The options that one plugin declares."""

    def __init__(self) -> None:
        """Start with none."""
        self.options: Final[dict[str, Option]] = {}

    def annotate(self, annotation: str) -> None:
        """Take a heading, for nobody."""

    def declare(self, key: object, default: Any = None) -> Option:
        """Declare a value of any kind."""
        return self._declare(key, default, "base")

    def declare_bool(self, key: object, default: Any = False) -> Option:
        """Declare a yes or no."""
        return self._declare(key, default, "bool")

    def declare_int(self, key: object, default: Any = 0) -> Option:
        """Declare a whole number."""
        return self._declare(key, default, "int")

    def declare_list(self, key: object, default: Any = None) -> Option:
        """Declare a list."""
        return self._declare(key, default, "list")

    def declare_dynamic(self, key: object, default: Any = None) -> Option:
        """Take a value of which only the form of its name is known."""
        return self._declare(key, default, "dynamic")

    def load_dict(self, definition: Any) -> None:
        """Declare what a `config_declaration` file says."""
        for group in definition.get("groups", ()):
            for option in group.get("options", ()):
                self._declare(option["key"], option.get("default"), option.get("type", "base"))

    def apply_to(self, config: MutableMapping[str, Any]) -> None:
        """Fill in the defaults, and read the values by their types.

        Raises:
            ValueError: a value is not of its type.
        """
        for key, option in self.options.items():
            if option.kind == "dynamic":
                continue
            value = config.get(key)
            value = option.default if value is None else value
            reader = _READERS.get(option.kind)
            # No number is no number; no yes is a no, and no list an empty one.
            config[key] = value if reader is None or (value is None and reader is asint) else reader(value)

    def _declare(self, key: object, default: Any, kind: str) -> Option:
        return self.options.setdefault(str(key), Option(default, kind))
