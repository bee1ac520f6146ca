"""Interfaces, discovery and life cycle of plugins."""

from portico.plugins.discovery import (
    GROUP,
    Candidate,
    PluginFolder,
    candidate_from_class,
    discover,
    first_of_each_name,
)
from portico.plugins.health import Limits
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
from portico.plugins.manager import PluginManager
from portico.plugins.plugin import Plugin, SingletonPlugin, implements
from portico.plugins.status import Failure, Note, PluginState, PluginStatus, Quarantine, Stage, SubscriptionStatus
from portico.plugins.store import Desired, ProcessReport, StateStore

__all__ = [
    "GROUP",
    "Candidate",
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
    "discover",
    "first_of_each_name",
    "implements",
]
