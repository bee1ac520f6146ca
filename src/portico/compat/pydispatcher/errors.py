"""Declares the exceptions of PyDispatcher, which Portico's `SignalError` covers."""

from portico.errors import SignalError


class DispatcherError(SignalError):
    """Anything that the dispatcher refuses."""


class DispatcherKeyError(KeyError, DispatcherError):
    """Nobody is connected to that signal and sender."""


class DispatcherTypeError(TypeError, DispatcherError):
    """None is no signal."""
