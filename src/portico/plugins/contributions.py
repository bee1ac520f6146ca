"""Lets an application offer extension points of its own, and takes what plugins bring for them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from portico.errors import ConfigurationError
from portico.plugins.interfaces import Interface
from portico.signals import Undo, Undoing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from portico.plugins.scope import Around, PluginScope

T = TypeVar("T", bound=Interface)


class Offer(NamedTuple):
    """One extension point."""

    interface: type[Interface]
    take: Callable[[Any, PluginScope], object]
    stage: str


class Contributions:
    """The extension points of one application: what plugins can bring to it besides receivers."""

    def __init__(self, taken: Callable[[Offer], object], given_back: Callable[[Offer], object]) -> None:
        """Begin without any.

        Args:
            taken: called when something is offered: plugins may be enabled already.
            given_back: called when that is offered no longer.
        """
        self._taken: Final = taken
        self._given_back: Final = given_back
        self._offers: tuple[Offer, ...] = ()
        self._arounds: tuple[Around, ...] = ()

    def offer(self, interface: type[T], *, take: Callable[[T, PluginScope], object], stage: str) -> Undo:
        """Take what enabled plugins bring that implement an interface, now and whenever one is enabled.

            class IMenu(Interface):
                def menu_items(self) -> list[MenuItem]: ...

            host.contributions.offer(IMenu, take=add_to_menu, stage="menu")

        Args:
            interface: what a plugin has to implement.
            take: given the plugin and a `PluginScope`, takes what the plugin brings, and hangs on the scope what undoes
                that. Called again after the plugin was suspended. What it raises fails the plugin, and nothing else.
            stage: one word that says in listings and messages where such a plugin failed.

        Returns:
            What gives everything back, and offers it no longer.

        Raises:
            ConfigurationError: it is no interface, `take` cannot be called, or the stage is no word.
        """
        _check(interface, take, stage)
        offer = Offer(interface, take, stage)
        self._offers = (*self._offers, offer)

        @Undoing
        def undo() -> None:
            self._offers = tuple(each for each in self._offers if each is not offer)
            self._given_back(offer)

        self._taken(offer)
        return undo

    def surround(self, around: Around) -> Undo:
        """Let each piece of plugin code that brings something run inside a context manager; return what ends that.

        Args:
            around: given the scope that what is brought will be in, returns the context manager. For what plugins
                change without being asked: the tables of a web framework, say.
        """
        self._arounds = (*self._arounds, around)
        return Undoing(lambda: setattr(self, "_arounds", tuple(each for each in self._arounds if each is not around)))

    @contextmanager
    def around(self, scope: PluginScope) -> Iterator[None]:
        """Run the block as code of a plugin that brings something in that scope."""
        with ExitStack() as stack:
            for around in self._arounds:
                stack.enter_context(around(scope))
            yield

    def __iter__(self) -> Iterator[Offer]:
        return iter(self._offers)


def _check(interface: object, take: object, stage: object) -> None:
    if not (isinstance(interface, type) and issubclass(interface, Interface)) or interface is Interface:
        msg = f"cannot offer {interface!r} to plugins: it is no interface; derive it from Interface"
        raise ConfigurationError(msg)
    if not callable(take):
        msg = f"cannot take {interface.__name__} with {take!r}: it is not callable; give a function of (part, scope)"
        raise ConfigurationError(msg)
    if not isinstance(stage, str) or not stage.strip():
        msg = f"cannot offer {interface.__name__} with the stage {stage!r}; use one word, such as 'menu'"
        raise ConfigurationError(msg)
