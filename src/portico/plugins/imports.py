"""Gives what a module connects at import to the plugin whose package holds it, whoever imports it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from portico.plugins.listeners import unheard_modules
from portico.signals import Ownership, enrolled, unowned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from portico.signals import Subscription

# What modules connected when they were imported, by module, while nobody manages their plugins. A module is imported
# once in a process, so this outlives the managers, as `sys.modules` does.
_left: Final[dict[str, list[Subscription]]] = {}


class Holder(NamedTuple):
    """A plugin that has modules: one that is called first sorts first."""

    rank: int
    name: str


class Home:
    """A module, or a package, that holds one plugin or several: connected while one of them is enabled."""

    def __init__(self, root: str) -> None:
        self.root: Final = root
        self.holders: Final[list[Holder]] = []
        """In the order of their receivers; the first owns what is connected here."""
        self._users: Final[set[str]] = set()
        self._records: Final[dict[str, Ownership]] = {}

    @property
    def subscriptions(self) -> list[Subscription]:
        """What its modules connected."""
        return [each for owned in self._records.values() for each in owned.subscriptions]

    @property
    def is_used(self) -> bool:
        """Whether it is connected for any plugin."""
        return bool(self._users)

    def is_used_by(self, plugin: str) -> bool:
        """Tell whether it is connected for this plugin, perhaps among others."""
        return plugin in self._users

    def take(self, module: str, subscriptions: Iterable[Subscription]) -> None:
        """Own what a module connected before anybody could say to whom it belongs."""
        owned = self._records.setdefault(module, self._ownership())
        for subscription in subscriptions:
            owned.adopt(subscription)
        if not self._users:
            owned.suspend()

    def use(self, plugin: str) -> None:
        """Connect it for a plugin.

        Raises:
            ReceiverError: a signal was declared meanwhile, and a receiver does not fit.
        """
        for owned in self._records.values():
            owned.resume()
        self._users.add(plugin)

    def leave(self, plugin: str) -> None:
        """Suspend it, unless another plugin still uses it."""
        self._users.discard(plugin)
        if not self._users:
            for owned in self._records.values():
                owned.suspend()

    def close(self) -> None:
        """Leave what is suspended here to the next manager."""
        for module, owned in self._records.items():
            owned.suspend()
            _left.setdefault(module, []).extend(owned.subscriptions)
        self._records.clear()
        self._users.clear()

    @contextmanager
    def importing(self, module: str) -> Iterator[None]:
        """Own what a module connects while its body runs; nothing stays of one that fails."""
        owned = self._ownership()
        earlier = self._records.pop(module, None)
        if earlier is not None:  # It is reloaded, or was taken out of `sys.modules` and is imported anew.
            earlier.vacate()
            for late in earlier.subscriptions:
                owned.adopt(late)
        try:
            with owned:
                yield
        except BaseException:
            owned.cancel()
            raise
        self._records[module] = owned
        if not self._users:
            owned.suspend()

    def _ownership(self) -> Ownership:
        return Ownership(self.holders[0].name, rank=self.holders[0].rank)


class ImportWatch(MetaPathFinder):
    """Knows which plugin's package a module lies in. While open, it sees modules being imported."""

    def __init__(self) -> None:
        self._homes: Final[dict[str, Home]] = {}
        self._modules: Final[set[str]] = set()
        """The modules that are plugins."""
        self._packages: Final[dict[str, set[str]]] = {}
        """The modules of plugins by the package around them."""

    def add(self, name: str, rank: int, module: str | None) -> list[Home]:
        """Take one more plugin; return where its modules are: nowhere, if none are its own."""
        if not module:
            return []
        package = module.rpartition(".")[0]
        homes = [self._homes.setdefault(root, Home(root)) for root in (module, package) if root]
        for home in homes:
            home.holders.append(Holder(rank, name))
            home.holders.sort()
        self._modules.add(module)
        if package:
            self._packages.setdefault(package, set()).add(module)
        return homes

    def open(self) -> None:
        """Watch imports, and find out what was connected before."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
            for module in list(_left):
                home = self.home_of(module)
                if home is not None:
                    subscriptions = _left.pop(module)
                    if module in sys.modules and not _connected_by_body(module):
                        home.take(module, subscriptions)
        self.sweep()

    def close(self) -> None:
        """Watch no longer; what is connected is suspended."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
            self.sweep()
        for home in self._homes.values():
            home.close()

    def sweep(self) -> None:
        """Find what code of plugins connected outside of any scope: before this was open, or in a receiver."""
        if not self._homes:
            return
        for subscription in unowned():
            module = subscription.module or ""
            home = self.home_of(module)
            if home is not None:
                home.take(module, [subscription])

    def leaked_by(self, plugin: str, owned: Iterable[Subscription]) -> list[Subscription]:
        """Return what is connected of a plugin that is not enabled.

        Args:
            plugin: its name.
            owned: what it is known to have connected, besides what is owned by its name.
        """
        holds = [home for home in self._homes.values() if any(plugin == holder.name for holder in home.holders)]
        shared = {each for home in holds for each in home.subscriptions if home.is_used}
        everything = (each for signal in enrolled() for each in signal.subscriptions)
        found = dict.fromkeys(each for each in (*everything, *owned) if each.connected and each not in shared)
        return [each for each in found if self._belongs(each, plugin)]

    def unheard(self, plugin: str) -> list[str]:
        """Return the modules of a plugin that would connect receivers, and that nobody has imported."""
        holds = [home for home in self._homes.values() if any(plugin == holder.name for holder in home.holders)]
        roots = {home.root for home in holds if self._is_home(home.root, None)}
        packages = [sys.modules[root] for root in sorted(roots) if root in sys.modules]
        return sorted({name for package in packages for name in unheard_modules(package, self._modules)})

    def _belongs(self, subscription: Subscription, plugin: str) -> bool:
        if subscription.owner is not None:
            return subscription.owner == plugin
        home = self.home_of(subscription.module or "")
        return home is not None and not home.is_used and any(plugin == holder.name for holder in home.holders)

    def home_of(self, module: str, spec: ModuleSpec | None = None) -> Home | None:
        """Return the smallest home that a module lies in."""
        root = module
        while root:
            home = self._homes.get(root)
            if home is not None and self._is_home(root, spec if root == module else None):
                return home
            root = root.rpartition(".")[0]
        return None

    def _is_home(self, root: str, spec: ModuleSpec | None) -> bool:
        if root not in self._packages or root in self._modules:
            return True
        loaded = sys.modules.get(root)
        spec = spec or (loaded.__spec__ if loaded else None)
        if spec is None or spec.origin is None or spec.submodule_search_locations is None:
            return False  # A namespace package belongs to nobody.
        locations = list(spec.submodule_search_locations)
        # A plugin whose module is itself a package is at home there, and not in the package around it.
        return any(_is_plain(module, locations) for module in self._packages[root])

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find nothing, but let the body of a plugin's module run in the plugin's scope."""
        # A copy: plugins may be added meanwhile.
        if not any(fullname == root or fullname.startswith(f"{root}.") for root in list(self._homes)):
            return None
        spec = _found_by_others(self, fullname, path, target)
        home = self.home_of(fullname, spec) if spec and spec.loader else None
        if home is not None and spec is not None:
            spec.loader = _InScope(spec.loader, home)
        return spec


class _InScope(Loader):
    """Stands before a module's loader until the body runs, and no longer."""

    def __init__(self, loader: Any, home: Home) -> None:
        self._loader: Final = loader
        self._home: Final = home

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        with self._home.importing(module.__name__):
            self._loader.exec_module(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def _connected_by_body(module: str) -> bool:
    """Tell whether the body of a module has connected anything: it was run again while nobody managed its plugin."""
    return any(
        subscription.at_import and subscription.module == module
        for signal in enrolled()
        for subscription in signal.subscriptions
    )


def _found_by_others(
    watch: ImportWatch, fullname: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    for finder in sys.meta_path:
        if finder is not watch:
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                return spec
    return None


def _is_plain(module: str, locations: list[str]) -> bool:
    loaded = sys.modules.get(module)
    if loaded is not None:
        return not hasattr(loaded, "__path__")
    spec = PathFinder.find_spec(module, locations)
    return spec is not None and spec.submodule_search_locations is None
