"""Interfaces, discovery and life cycle of plugins. Sends no signals and keeps no state of its own."""

from portico.plugins.discovery import GROUP, Candidate, candidate_from_class, discover
from portico.plugins.interfaces import Interface, IPluginBootstrap, ISignal, SubscriptionMapping, SubscriptionSpec
from portico.plugins.manager import PluginManager
from portico.plugins.plugin import Plugin, SingletonPlugin, implements
from portico.plugins.state import MemoryStateStore, StateStore
from portico.plugins.status import Failure, PluginState, PluginStatus, Stage, SubscriptionStatus

__all__ = [
    "GROUP",
    "Candidate",
    "Failure",
    "IPluginBootstrap",
    "ISignal",
    "Interface",
    "MemoryStateStore",
    "Plugin",
    "PluginManager",
    "PluginState",
    "PluginStatus",
    "SingletonPlugin",
    "Stage",
    "StateStore",
    "SubscriptionMapping",
    "SubscriptionSpec",
    "SubscriptionStatus",
    "candidate_from_class",
    "discover",
    "implements",
]
