"""Provides CKAN extensions, whose programs run in processes of their own, as the façade changes what is importable."""

from pathlib import Path

import pytest

from tests.compat.ckan.extensions import Extensions


@pytest.fixture
def extensions(tmp_path: Path) -> Extensions:
    return Extensions(tmp_path)
