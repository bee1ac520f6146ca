"""Sends in each of the ways that there are, and returns what receivers returned."""

import asyncio

import pytest

from portico.signals import Signal

every_way = pytest.mark.parametrize("how", ["send", "collect", "send_async", "send_async side by side"])


def send(signal: Signal[...], how: str) -> list[object]:
    """Send in one of the ways that there are, and return the values."""
    if how == "send":
        return [value for _, value in signal.send(None)]
    if how == "collect":
        return signal.collect(None)
    concurrent = how == "send_async side by side"
    return [value for _, value in asyncio.run(signal.send_payload_async(None, {}, concurrent=concurrent))]
