"""Finds plugins, enables and disables them, and watches how they do; declares what a plugin can implement."""

from portico.plugins.contributions import Contributions
from portico.plugins.discovery import (
    GROUP,
    Candidate,
    PluginFolder,
    candidate_from_class,
    candidates_given,
    check_same,
    discover,
    first_of_each_name,
)
from portico.plugins.health import Limits, nearest
from portico.plugins.interfaces import (
    IAppRegister,
    IBlueprint,
    Interface,
    IPluginBootstrap,
    IPluginObserver,
    ISignal,
    SubscriptionMapping,
    SubscriptionSpec,
)
from portico.plugins.lifecycle import not_to_quarantine
from portico.plugins.manager import PluginManager
from portico.plugins.plugin import Plugin, PluginMeta, SingletonPlugin, declare, implements
from portico.plugins.requirements import still_required
from portico.plugins.scope import PluginScope
from portico.plugins.status import Failure, Note, PluginState, PluginStatus, Quarantine, Stage, SubscriptionStatus
from portico.plugins.store import Desired, ProcessReport, StateStore

__all__ = [
    "GROUP",
    "Candidate",
    "Contributions",
    "Desired",
    "Failure",
    "IAppRegister",
    "IBlueprint",
    "IPluginBootstrap",
    "IPluginObserver",
    "ISignal",
    "Interface",
    "Limits",
    "Note",
    "Plugin",
    "PluginFolder",
    "PluginManager",
    "PluginMeta",
    "PluginScope",
    "PluginState",
    "PluginStatus",
    "ProcessReport",
    "Quarantine",
    "SingletonPlugin",
    "Stage",
    "StateStore",
    "SubscriptionMapping",
    "SubscriptionSpec",
    "SubscriptionStatus",
    "candidate_from_class",
    "candidates_given",
    "check_same",
    "declare",
    "discover",
    "first_of_each_name",
    "implements",
    "nearest",
    "not_to_quarantine",
    "still_required",
]
