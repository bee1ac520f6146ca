"""Extensions for the tests of the façade of CKAN, which runs in processes of its own: it changes what is importable."""

from pathlib import Path

import pytest

from tests.compat.ckan.extensions import Extensions


@pytest.fixture
def extensions(tmp_path: Path) -> Extensions:
    return Extensions(tmp_path)
