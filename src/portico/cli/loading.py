"""Imports the application that is meant, makes it where it is made by a function, and finds its host."""

import ast
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module, invalidate_caches
from inspect import Parameter, iscoroutinefunction, signature
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from portico.cli.naming import Named
from portico.errors import ConfigurationError, HostError, PorticoError
from portico.host import Portico, current_host
from portico.plugins import nearest
from portico.signals import one_line

# What is looked for in a module of which nothing is said: an application or a host first, then what makes one.
NAMES = ("app", "application", "host", "portico")
FACTORIES = ("create_app", "make_app", "make_host")
DJANGO = ("django.core.handlers.base", "BaseHandler")
# The classes of applications, and who knows their hosts. What an application does not use it has not imported.
KINDS = (
    ("flask", "Flask", "portico.adapters.flask"),
    ("starlette.applications", "Starlette", "portico.adapters.starlette"),
    ("portico.adapters.asgi", "PorticoMiddleware", "portico.adapters.asgi"),
    (*DJANGO, "portico.adapters.django"),
)
WSGI, ASGI = ("environ", "start_response"), ("scope", "receive", "send")
DEEPEST = 20


@contextmanager
def loaded_host(named: Named, *, debug: bool = False) -> Iterator[Portico]:
    """Load an application and give its host, which is closed afterwards.

    What the application prints while it is loaded goes to standard error: standard output is for data.

    Args:
        named: the application.
        debug: print the traceback of what cannot be loaded.

    Raises:
        ConfigurationError: it cannot be loaded, is nothing that has a host, or has none.
        PorticoError: Portico refused something while it was loaded.
    """
    with redirect_stdout(sys.stderr), _kept_from_serving():
        try:
            host = host_of(load(named), named)
        except PorticoError:
            if debug:
                traceback.print_exc()
            raise
    try:
        yield host
    finally:
        host.close()


def load(named: Named) -> object:
    """Import the module, and return what is named in it; what makes an application is called.

    Raises:
        ConfigurationError: it cannot be imported, has no such attribute, or what makes it failed.
    """
    if named.is_django:
        return _django(named)
    module = _import(named)
    thing = _find(module, named) if named.expression else _look_for(module, named)
    return _made(thing, named) if _is_factory(thing) else thing


def host_of(thing: object, named: Named) -> Portico:
    """Return the host of an application.

    Raises:
        ConfigurationError: it is nothing that has a host, or it has none.
    """
    for inner in _unwrapped(thing):
        host = inner if isinstance(inner, Portico) else _host_of_adapter(inner)
        if host is not None:
            return host
    if _is_application(thing):
        raise ConfigurationError(
            f"the application {named}, {_kind(thing)}, has no host; "
            "call Portico(...).init_app(app) where it is made, or name the Portico itself"
        )
    if _parameters(thing):
        raise ConfigurationError(
            f"{named} needs arguments: {', '.join(_parameters(thing) or ())}; "
            f"write them: {named.module}:{named.expression or 'NAME'}(...), or name a function without any"
        )
    raise ConfigurationError(
        f"{named} is {_kind(thing)}; "
        "name a Portico, a Flask, ASGI or Django application, or a function without arguments that returns one"
    )


# -- importing --------------------------------------------------------------------------------------------------------


def _import(named: Named) -> ModuleType:
    folder, name, file = _where(named)
    _put_on_path(named.folder)
    _put_on_path(folder)
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing == name or name.startswith(f"{missing}."):
            _refuse_unknown(named, name, folder, error)
        _refuse(f"cannot import {name!r} for the application {named}", error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a module raises
        _refuse(f"cannot import {name!r} for the application {named}", error)
    found = getattr(module, "__file__", None)
    if file is not None and (found is None or Path(found).resolve() != file):
        raise ConfigurationError(
            f"cannot import the application {named}: the module {name!r} is {found or 'built in'}; rename the file"
        )
    return module


def _where(named: Named) -> tuple[Path, str, Path | None]:
    """Return the folder that modules are imported from, the module, and its file if that was named by its path."""
    text = named.module
    if not (text.endswith(".py") or "/" in text or os.sep in text):
        if not text or not all(part.isidentifier() for part in text.split(".")):
            raise ConfigurationError(f"cannot import the application {named}: {text!r} is no name of a module")
        return named.folder, text, None
    file = (named.folder / text).resolve()
    if file.is_dir():
        file /= "__init__.py"
    if not file.is_file():
        raise ConfigurationError(f"cannot import the application {named}: there is no file {str(file)!r}")
    parts = [] if file.name == "__init__.py" else [file.stem]
    folder = file.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(parts), file


def _put_on_path(folder: Path) -> None:
    entry = str(folder)
    if entry not in sys.path:
        sys.path.insert(0, entry)
        invalidate_caches()


def _refuse_unknown(named: Named, name: str, folder: Path, error: Exception) -> NoReturn:
    there = [path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    close = nearest(name, there)
    hint = f"did you mean {close!r}?" if close else f"it is neither installed nor in {str(folder)!r}"
    msg = f"cannot import the application {named}: there is no module {name!r}; {hint}"
    raise ConfigurationError(msg) from error


def _refuse(what: str, error: BaseException) -> NoReturn:
    if isinstance(error, PorticoError):
        raise error
    said = one_line("".join(traceback.format_exception_only(error)))
    raise ConfigurationError(f"{what}: {said}; add --debug for the traceback") from error


@contextmanager
def _kept_from_serving() -> Iterator[None]:
    """Keep a script that ends with `app.run()` from starting a server, as the command `flask` does."""
    variable = "FLASK_RUN_FROM_CLI"
    before = os.environ.get(variable)
    os.environ[variable] = "true"
    try:
        yield
    finally:
        os.environ.pop(variable)
        if before is not None:
            os.environ[variable] = before


def _django(named: Named) -> object:
    _put_on_path(named.folder)
    try:
        return import_module("django.core.wsgi").get_wsgi_application()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a project raises
        _refuse(f"cannot load the Django project {named}", error)


# -- what is in the module --------------------------------------------------------------------------------------------


def _find(module: ModuleType, named: Named) -> object:
    """Return what `name`, `name.name`, `name()` or `name("literal", key="literal")` means in the module."""
    path, arguments = _parsed(named)
    thing: Any = module
    for part in path.split("."):
        if not hasattr(thing, part):
            close = nearest(part, [name for name in dir(thing) if not name.startswith("_")])
            hint = f"; did you mean {close!r}?" if close else ""
            raise ConfigurationError(f"cannot find the application {named}: {module.__name__!r} has no {path!r}{hint}")
        thing = getattr(thing, part)
    if arguments is None:
        return thing
    args, kwargs = arguments
    return _called(lambda: thing(*args, **kwargs), named)


def _parsed(named: Named) -> tuple[str, tuple[list[Any], dict[str, Any]] | None]:
    """Return the dotted name, and what it is called with if it is called."""
    arguments: tuple[list[Any], dict[str, Any]] | None = None
    try:
        tree = ast.parse(named.expression, mode="eval").body
        path = ast.unparse(tree.func if isinstance(tree, ast.Call) else tree)
        if isinstance(tree, ast.Call):
            by_name = {str(each.arg): ast.literal_eval(each.value) for each in tree.keywords}
            arguments = [ast.literal_eval(each) for each in tree.args], by_name
    except (SyntaxError, ValueError):
        path = ""
    if not all(part.isidentifier() for part in path.split(".")):
        raise ConfigurationError(
            f"cannot understand {named.expression!r} in the application {named}; "
            "write a name, such as app, or a call with plain values, such as create_app()"
        )
    return path, arguments


def _look_for(module: ModuleType, named: Named) -> object:
    known = vars(module)
    for name in NAMES:
        if known.get(name) is not None and not isinstance(known[name], ModuleType):
            return known[name]
    applications = {id(each): each for each in known.values() if isinstance(each, Portico) or _is_application(each)}
    if len(applications) == 1:
        return applications.popitem()[1]
    for name in FACTORIES:
        if callable(known.get(name)):
            return known[name]
    raise ConfigurationError(
        f"cannot find the application {named}: {module.__name__!r} has neither of {', '.join(NAMES + FACTORIES)}; "
        f"name it: {named.module}:NAME"
    )


def _is_factory(thing: object) -> bool:
    return not isinstance(thing, Portico) and not _is_application(thing) and _parameters(thing) == ()


def _made(factory: object, named: Named) -> object:
    if iscoroutinefunction(factory):
        raise ConfigurationError(f"{named} is a coroutine function; name a plain function that returns the application")
    return _called(factory, named)


def _called(factory: Any, named: Named) -> object:
    make: Callable[[], object] = factory
    try:
        return make()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises
        _refuse(f"cannot make the application {named}", error)


# -- what it is -------------------------------------------------------------------------------------------------------


def _unwrapped(thing: object) -> Iterator[object]:
    """Iterate over an application and, one by one, what is inside the middleware around it."""
    for _ in range(DEEPEST):
        yield thing
        if isinstance(thing, Portico | ModuleType | type):
            return
        known = getattr(thing, "__dict__", {})
        inner = next((known[name] for name in ("app", "application", "wsgi_app") if callable(known.get(name))), None)
        if inner is None:
            return
        # `app.wsgi_app` of a Flask application is a method of it.
        thing = getattr(inner, "__self__", inner)


def _host_of_adapter(thing: object) -> Portico | None:
    for module, kind, adapter in KINDS:
        find = getattr(sys.modules.get(adapter), "host_of", None)
        host = find(thing) if find is not None and _is_one_of(thing, module, kind) else None
        if isinstance(host, Portico):
            return host
    if _is_one_of(thing, *DJANGO):
        # A process has one Django project: whatever host is open is its.
        try:
            return current_host()
        except HostError:
            return None
    return None


def _is_application(thing: object) -> bool:
    if any(_is_one_of(thing, module, kind) for module, kind, _ in KINDS):
        return True
    return not isinstance(thing, type) and _parameters(thing) in (WSGI, ASGI)


def _parameters(thing: object) -> tuple[str, ...] | None:
    """Return the names of what a callable cannot do without; None where that is not known."""
    try:
        parameters = signature(thing).parameters.values() if callable(thing) else None
    except (TypeError, ValueError):
        parameters = None
    if parameters is None:
        return None
    optional = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return tuple(each.name for each in parameters if each.default is Parameter.empty and each.kind not in optional)


def _is_one_of(thing: object, module: str, kind: str) -> bool:
    found = getattr(sys.modules.get(module), kind, None)
    return isinstance(found, type) and isinstance(thing, found)


def _kind(thing: object) -> str:
    kind = thing if isinstance(thing, type) else type(thing)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return one_line(f"the class {name}" if isinstance(thing, type) else f"of the type {name}")
