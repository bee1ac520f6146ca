import subprocess
import sys

import pytest


def modules_loaded_by(statement: str) -> set[str]:
    """Return the modules that a statement loads into a fresh interpreter."""
    program = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(finished.stdout.split())


def test_importing_portico_loads_the_standard_library_and_nothing_else() -> None:
    loaded = {name.partition(".")[0] for name in modules_loaded_by("import portico")}

    assert loaded - sys.stdlib_module_names == {"portico"}


def test_importing_portico_loads_hardly_a_module_of_the_standard_library_that_blinker_does_not() -> None:
    ours = modules_loaded_by("import portico")
    theirs = modules_loaded_by("import blinker")

    more = {name for name in ours - theirs if name.partition(".")[0] != "portico"}
    # From 3.14 on, `warnings` is no longer there before anybody imports it.
    assert more <= {"bisect", "_bisect", "contextvars", "_contextvars", "warnings", "_py_warnings"}


def test_the_root_has_what_a_newcomer_s_hand_expects_and_nothing_else() -> None:
    import portico

    assert dir(portico) == portico.__all__
    assert len(portico.__all__) <= 20
    assert all(hasattr(portico, name) for name in portico.__all__)
    with pytest.raises(AttributeError, match="module 'portico' has no attribute 'PluginError'"):
        portico.PluginError  # noqa: B018 - asked for, and not there
