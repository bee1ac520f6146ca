import ast
import inspect
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

import portico.toolkit as tk
from portico import Portico, actions, builtin, errors, plugins
from portico.errors import HostError
from portico.signals import Signal
from portico.sources.sqlalchemy import send_after_commit


def test_what_it_offers_is_what_it_lists() -> None:
    (listed,) = (
        node.value
        for node in ast.parse(inspect.getsource(tk)).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    # pytest leaves names with an @ in the modules of a distribution that brings a plugin for it.
    offered = {name for name in vars(tk) if not name.startswith(("_", "@"))} | {"send_after_commit"}

    # `Action` is what get_action returns, and the rest is Python's.
    assert offered - {"TYPE_CHECKING", "Any", "Literal", "Action"} == set(ast.literal_eval(listed))
    assert tk.__all__ == ast.literal_eval(listed)
    assert dir(tk) == sorted(tk.__all__)
    assert all(getattr(tk, name) is not None for name in tk.__all__)


def test_every_interface_that_there_is_is_offered() -> None:
    rooms = (plugins, actions)
    interfaces = {
        name
        for room in rooms
        for name, each in vars(room).items()
        if inspect.isclass(each) and issubclass(each, plugins.Interface)
    }

    assert interfaces <= set(tk.__all__)


def test_its_signals_are_every_built_in_signal_and_both_namespaces() -> None:
    signals = {name for name, each in vars(builtin).items() if isinstance(each, Signal)}

    assert all(getattr(tk.signals, name) is getattr(builtin, name) for name in signals)
    assert tk.signals.ext.signal("custom:something") is builtin.ext.signal("custom:something")
    assert tk.signals.core is builtin.core


def test_the_field_s_names_stand_for_ours() -> None:
    assert tk.ObjectNotFound is errors.NotFoundError
    assert tk.NotAuthorized is errors.NotAuthorizedError
    assert tk.ValidationError is errors.ValidationError


def test_importing_it_loads_the_standard_library_and_nothing_else() -> None:
    program = """
import sys
before = set(sys.modules)
import portico.toolkit
new = (sys.modules[name] for name in set(sys.modules) - before)
print(*(module.__file__ for module in new if getattr(module, "__file__", None)), sep="\\n")
"""
    # By their places: whoever distributes a Python may add to its library what `sys.stdlib_module_names` does not name.
    places = (Path(sysconfig.get_path("stdlib")), Path(tk.__file__).parent)

    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    loaded = finished.stdout.splitlines()
    assert tk.__file__ in loaded
    assert [file for file in loaded if not any(Path(file).is_relative_to(place) for place in places)] == []


def test_what_needs_an_extra_is_there_when_it_is_asked_for() -> None:
    assert tk.send_after_commit is send_after_commit
    with pytest.raises(AttributeError, match=r"module 'portico.toolkit' has no attribute 'nonsense'"):
        _ = tk.nonsense


class Greeting(tk.Plugin):
    """Greets by action."""

    tk.implements(tk.IActions, tk.IAuthFunctions)

    def get_actions(self) -> Any:
        return {"greet": lambda context, data_dict: f"hello {data_dict['name']}"}

    def get_auth_functions(self) -> Any:
        return {"greet": lambda context, data_dict: data_dict.get("name") != "eve"}


def test_actions_are_those_of_the_open_host() -> None:
    with pytest.raises(HostError, match="no host is open"):
        tk.get_action("greet")

    with Portico(plugins=[Greeting]) as host:
        assert tk.current_host() is host
        assert tk.get_action("greet")({"user": "nora"}, {"name": "amara"}) == "hello amara"
        assert tk.check_access("greet", {"user": "nora"}, {"name": "amara"}) is True
        with pytest.raises(tk.NotAuthorized):
            tk.check_access("greet", {"user": "nora"}, {"name": "eve"})
        with pytest.raises(tk.ObjectNotFound):
            tk.get_action("meet")
