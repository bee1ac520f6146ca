"""Holds every action of one application by name, takes those that plugins bring, and decides who may call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Literal

from portico.actions.chains import ActionFunction, AuthFunction, Chain, Chains, Context, DataDict
from portico.actions.running import action_depth, at_depth, run
from portico.errors import ActionError, NotAuthorizedError, NotFoundError, PluginError
from portico.plugins import Interface, nearest
from portico.signals import Undo, Undoing
from portico.transactions import AT_ONCE, Transaction, acting

if TYPE_CHECKING:
    from portico.plugins import PluginScope

Permissions = Callable[[str, Context, DataDict], "bool | Mapping[str, Any] | None"]
"""Given an action's name, a context and the data, says who may; None leaves it to the authorisation function."""
ContextProvider = Callable[[Context], Mapping[str, Any]]


class IActions(Interface):
    """Bring actions, for as long as the plugin is enabled."""

    def get_actions(self) -> Mapping[str, ActionFunction]:
        """Return functions `(context, data_dict) -> result` by name; a `chained_action` wraps the one of that name.

        A name that the application has is replaced; one that another enabled plugin has is refused.
        """
        return {}


class IAuthFunctions(Interface):
    """Say who may do what, for as long as the plugin is enabled."""

    def get_auth_functions(self) -> Mapping[str, AuthFunction]:
        """Return functions `(context, data_dict) -> bool | {"success": bool, "msg": str}` by the action's name."""
        return {}


class Action:
    """An action, by name: call it as `(context, data_dict)`. What the name stands for is looked up at each call."""

    def __init__(self, registry: ActionRegistry, name: str) -> None:
        self._registry: Final = registry
        self.name: Final = name

    def __call__(self, context: Context | None = None, data_dict: DataDict | None = None) -> Any:
        """Authorise the action, run it and return its result; both arguments are empty if left out.

        Raises:
            NotAuthorizedError: whoever asks may not do it.
            NotFoundError: the action is gone with its plugin, or what it is about is not there.
            ValidationError: fields of `data_dict` cannot be taken as they are.
            Exception: whatever else the action raises.
        """
        return self._registry.call(self.name, context, data_dict)

    @property
    def side_effect_free(self) -> bool:
        """Whether it may be called by GET."""
        return self._registry.chain(self.name).is_side_effect_free

    @property
    def allows_anonymous(self) -> bool:
        """Whether its authorisation function decides about people who are not signed in, too."""
        return self._registry.allows_anonymous(self.name)

    @property
    def doc(self) -> str:
        """What the action says of itself."""
        return self._registry.chain(self.name).doc

    @property
    def takes(self) -> Any:
        """The model of what it takes; None if it does not say."""
        return self._registry.chain(self.name).takes

    @property
    def returns(self) -> Any:
        """The model of what it returns, or a type of some; the type of None for nothing; None if it does not say."""
        return self._registry.chain(self.name).returns

    def __repr__(self) -> str:
        return f"<Action {self.name!r}>"


class ActionRegistry:
    """Actions by name, and the functions that say who may call them. Safe to use from several threads."""

    def __init__(self, *, transaction_of: Callable[[object], Transaction] = lambda _: AT_ONCE) -> None:
        """Start without any.

        Args:
            transaction_of: returns the transaction that the `session` of a context is in, which may be None: what an
                action did is told of when that is stored.
        """
        self._transaction_of: Final = transaction_of
        self._actions: Final = Chains("action")
        self._auth: Final = Chains("authorisation function")
        self._providers: tuple[ContextProvider, ...] = ()
        self._permissions: Permissions | None = None

    # -- what there is ------------------------------------------------------------------------------------------

    def register(self, actions: Mapping[str, ActionFunction], auth: Mapping[str, AuthFunction]) -> Undo:
        """Register the application's own actions, all or none; return what undoes it.

        An action without an authorisation function of its name can be called by nobody but with `ignore_auth`.

        Raises:
            ActionError: a name is taken, or a function cannot be called as `(context, data_dict)`.
        """
        with ExitStack() as undo:
            undo.callback(self._actions.add(actions))
            undo.callback(self._auth.add(auth))
            return Undoing(undo.pop_all().close)

    def take_actions(self, part: IActions, scope: PluginScope) -> None:
        """Take the actions that a plugin brings, all or none, until its scope is undone.

        Raises:
            PluginError: it brings something else than functions by name, or a name of another plugin.
        """
        actions = _checked("get_actions", part.get_actions())
        scope.callback(self._actions.add(actions, owner=scope.owner, rank=scope.rank))

    def take_auth_functions(self, part: IAuthFunctions, scope: PluginScope) -> None:
        """Take the authorisation functions that a plugin brings, all or none, until its scope is undone.

        Raises:
            PluginError: it brings something else than functions by name, or a name of another plugin.
        """
        auth = _checked("get_auth_functions", part.get_auth_functions())
        scope.callback(self._auth.add(auth, owner=scope.owner, rank=scope.rank))

    def fill_context(self, provider: ContextProvider) -> Undo:
        """Fill in what a caller's context leaves out, each time an action is called; return what undoes it.

        Args:
            provider: given the context, returns what it may lack; what is there stays.
        """

        # Compared by identity, so that the same provider can be given twice and each be undone.
        def filling(context: Context) -> Mapping[str, Any]:
            return provider(context)

        @Undoing
        def undo() -> None:
            self._providers = tuple(each for each in self._providers if each is not filling)

        self._providers = (*self._providers, filling)

        return undo

    def decide_by(self, permissions: Permissions) -> Undo:
        """Ask in one place who may call an action, for all of them: by roles, say. Return what undoes it.

        What it answers stands in for the authorisation function of that name, which need not exist then; strangers
        are not turned away beforehand. What plugins wrap around that function is still asked, and may refuse.

        Args:
            permissions: given the action's name, the context and the data, returns whether they may: a bool, a dict
                with `success` and `msg`, or None, which leaves it to the authorisation function.

        Raises:
            ActionError: something else decides already: there is one place for it.
        """
        if self._permissions is not None:
            msg = "cannot let a second function decide who may call actions: undo the first, or ask both in one"
            raise ActionError(msg)
        self._permissions = permissions
        return Undoing(lambda: setattr(self, "_permissions", None))

    @property
    def names(self) -> list[str]:
        """The names of the actions, sorted."""
        return self._actions.names

    def chain(self, name: str) -> Chain:
        """Return what a name stands for, now.

        Raises:
            NotFoundError: there is no such action.
        """
        chain = self._actions.find(name)
        if chain is None:
            raise NotFoundError(self._unknown(name))
        return chain

    def allows_anonymous(self, name: str) -> bool:
        """Tell whether somebody who is not signed in is let through to the authorisation function of that name."""
        chain = self._auth.find(name)
        return chain is not None and chain.is_marked("auth_allow_anonymous_access")

    # -- calling ------------------------------------------------------------------------------------------------

    def get_action(self, name: str) -> Action:
        """Return an action, to be called as `(context, data_dict)`.

        Raises:
            NotFoundError: there is no such action.
        """
        self.chain(name)
        return Action(self, name)

    def call(self, name: str, context: Context | None = None, data_dict: DataDict | None = None) -> Any:
        """Do what calling the action does."""
        chain = self.chain(name)
        # The caller's own dict, filled in: actions leave things in it for one another.
        context = self._filled(context)
        data_dict = {} if data_dict is None else data_dict
        with at_depth(action_depth() + 1), acting(context.get("user") or None):
            if not chain.is_marked("checks_access_itself"):
                self.check_access(name, context, data_dict)
            # What is free of side effects has nothing to wait for.
            transaction = AT_ONCE if chain.is_side_effect_free else self._transaction_of(context.get("session"))
            return run(name, chain, context, data_dict, transaction)

    def check_access(
        self, name: str, context: Context | None = None, data_dict: DataDict | None = None
    ) -> Literal[True]:
        """Return if whoever acts may do it; `ignore_auth` in the context may do everything.

        Raises:
            NotAuthorizedError: the authorisation function of that name says no, or there is none.
        """
        context = self._filled(context)
        if context.get("ignore_auth") is True:
            return True
        success, message = _read_verdict(self._decide(name, context, {} if data_dict is None else data_dict))
        if not success:
            raise NotAuthorizedError(message or f"not authorised to call {name!r}")
        return True

    def _decide(self, name: str, context: Context, data_dict: DataDict) -> object:
        chain = self._auth.find(name)
        decided = self._permissions(name, context, data_dict) if self._permissions else None
        if decided is not None:
            return chain.around(lambda *_: decided)(context, data_dict) if chain else decided
        if chain is None:
            msg = f"nobody may call {name!r}: it has no authorisation function; bring one of the same name"
            raise NotAuthorizedError(msg)
        anonymous = not context.get("user") and context.get("auth_user_obj") is None
        if anonymous and not chain.is_marked("auth_allow_anonymous_access"):
            msg = f"not authorised to call {name!r}: sign in first"
            raise NotAuthorizedError(msg)
        return chain.call(context, data_dict)

    # -- inside -------------------------------------------------------------------------------------------------

    def _filled(self, context: Context | None) -> Context:
        context = {} if context is None else context
        for provider in self._providers:
            for key, value in provider(context).items():
                context.setdefault(key, value)
        return context

    def _unknown(self, name: str) -> str:
        wrapping = self._actions.wrapped_by(name)
        if wrapping:
            return f"there is no action {name!r} to wrap for {', '.join(wrapping)}; enable the plugin that brings it"
        close = nearest(name, self.names)
        return f"there is no action {name!r}" + (f"; did you mean {close!r}?" if close else "")


def _checked(method: str, functions: object) -> Mapping[str, Callable[..., Any]]:
    if not isinstance(functions, Mapping) or not all(isinstance(name, str) for name in functions):
        msg = f"{method}() returned {type(functions).__name__!r}; return a dict of names and functions"
        raise PluginError(msg)
    return functions


def _read_verdict(verdict: object) -> tuple[bool, str]:
    if isinstance(verdict, Mapping):
        return bool(verdict.get("success")), str(verdict.get("msg") or "")
    # Anything else than a clear yes is a no: a function that forgot to return must not let anybody in.
    return verdict is True, ""
