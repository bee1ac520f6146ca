"""Fails on purpose, to show that nothing else does: the flaky plugin."""

from flask import Flask, request

from portico import ISignal, implements
from portico.builtin import request_started
from portico.plugins import SingletonPlugin, SubscriptionMapping


class FlakyPlugin(SingletonPlugin):
    """Fails on purpose: raises for every page that is opened with ?flaky=raise at the end of its address."""

    implements(ISignal)

    def get_signal_subscriptions(self) -> SubscriptionMapping:
        """One receiver, for every request."""
        return {request_started: [fail_on_demand]}


def fail_on_demand(_app: Flask, /) -> None:
    """Raise if the request asks for it.

    Raises:
        RuntimeError: the address ends in `?flaky=raise`.
    """
    if request.args.get("flaky") == "raise":
        raise RuntimeError("the flaky plugin was asked to fail, and did")
