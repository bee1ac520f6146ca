"""Opens the host of a Django project when the project is ready, unless one of Django's own commands is running."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from portico.adapters.django.requests import ABORTING, watch_logins, watch_requests
from portico.adapters.pageless import PagelessApplication
from portico.builtin import request_started
from portico.errors import ConfigurationError, HostError
from portico.host import Portico
from portico.signals import Mutex, Undo, Undoing

if TYPE_CHECKING:
    from collections.abc import Mapping

_MIDDLEWARE: Final = "portico.adapters.django.PorticoMiddleware"
_SETTINGS: Final = ("plugins", "state", "propagate", "plugin_folder", "candidates", "limits", "strict")
"""What `PORTICO` may hold: the arguments of `Portico`."""
_IMPORTED: Final = ("state", "candidates", "limits")
"""Those of them that may be given by name."""
_USING: Final = frozenset({"shell"})
"""Django's own commands in which a person works with the project as it is."""


class PorticoConfig(AppConfig, PagelessApplication):  # type: ignore[misc]  # Django has no types.
    """The app of a Django project that has the host, and the project as its host sees it."""

    name = "portico.adapters.django"
    label = "portico"
    verbose_name = "Portico"

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        self.host: Portico | None = None
        """The host; there is none before the project is set up."""
        self._opening: Final = Mutex()
        self._has_opened = False
        self._refusal: str | None = None

    def ready(self) -> None:
        """Make the host as `PORTICO` says, and open it; under Django's own commands when something is to be served.

        Raises:
            ConfigurationError: `PORTICO` is unusable.
            HostError: another host is just being opened.
        """
        self.host = _host_of(getattr(settings, "PORTICO", {}))
        checks.register(_check_middleware)
        command = _running_command()
        if command is None or command in _USING or not _is_django_s_own(command):
            self.open_to_serve()

    def open_to_serve(self, *, again: bool = False) -> None:
        """Open the host, the first time that this is said; one that is open already is used as it is.

        Args:
            again: also if it was closed since.

        Raises:
            HostError: another host is just being opened.
        """
        with self._opening:
            if self.host is None or (self._has_opened and (self.host.is_open or not again)):
                return
            if self.host.is_open:
                self.serve(self.host)
            else:
                self.host.open_for(self, at=f"the settings ({settings.SETTINGS_MODULE or 'made by the program'})")

    def is_serving(self) -> bool:
        """Whether requests raise signals.

        Raises:
            HostError: another host took the place of this one.
        """
        if self._refusal is not None:
            raise HostError(self._refusal)
        return self.host is not None and self.host.is_open

    # -- what the host asks of an application -------------------------------------------------------------------

    def serve(self, host: Portico) -> Undo:
        """Follow requests and sign-ins; return what undoes it."""
        self._has_opened = True
        with ExitStack() as undo:
            undo.callback(request_started.let_pass(*ABORTING))
            undo.callback(watch_requests(host))
            undo.callback(watch_logins())
            return Undoing(undo.pop_all().close)

    def refuse(self, host: Portico, why: str) -> Undo:  # noqa: ARG002 - there is only one
        """Let every request fail with a `HostError`; return what undoes it."""
        self._refusal = why

        @Undoing
        def undo() -> None:
            self._refusal = None

        return undo


def _host_of(given: object) -> Portico:
    """Return the host that the setting asks for.

    Raises:
        ConfigurationError: it asks for none.
    """
    if isinstance(given, str):
        given = _imported(given, "PORTICO")
    if callable(given):
        given = given()
    if isinstance(given, Portico):
        return given
    if not isinstance(given, dict):
        msg = f"PORTICO is {type(given).__name__!r}; set a dict of options, a host, or where one can be imported from"
        raise ConfigurationError(msg)
    unknown = sorted(str(name) for name in given.keys() - set(_SETTINGS))
    if unknown:
        msg = f"PORTICO has the unknown option {', '.join(unknown)}; known are {', '.join(_SETTINGS)}"
        raise ConfigurationError(msg)
    return Portico(**_options(given))


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    options = dict(given)
    for name in _IMPORTED:
        if isinstance(options.get(name), str):
            options[name] = _imported(options[name], f"PORTICO[{name!r}]")
            if name == "state" and callable(options[name]):
                options[name] = options[name]()
    return options


def _imported(path: str, setting: str) -> object:
    try:
        return import_string(path)
    except ImportError as error:
        msg = f"{setting} is {path!r}, which cannot be imported: {error}"
        raise ConfigurationError(msg) from error


def _running_command() -> str | None:
    """Return the management command that this process was started for, whatever the script is called."""
    management: Any = sys.modules.get("django.core.management")
    frame = sys._getframe() if management else None  # noqa: SLF001 - Django tells nobody which command it is
    while frame is not None:
        if frame.f_code is management.ManagementUtility.execute.__code__:
            arguments: list[str] = frame.f_locals["self"].argv
            return arguments[1] if len(arguments) > 1 else "help"
        frame = frame.f_back
    return None


def _is_django_s_own(command: str) -> bool:
    management: Any = sys.modules["django.core.management"]
    brought_by = management.get_commands().get(command, "django.core")
    # Also where an app puts its own in the place of one of them: that prepares, too.
    core = management.find_commands(management.__path__[0])
    return command in core or (isinstance(brought_by, str) and brought_by.startswith("django."))


def _check_middleware(**_: Any) -> list[Any]:
    if _MIDDLEWARE in settings.MIDDLEWARE:
        return []
    hint = f"Put {_MIDDLEWARE!r} first into MIDDLEWARE."
    return [checks.Warning("Requests raise no signals of Portico.", hint=hint, id="portico.W001")]
