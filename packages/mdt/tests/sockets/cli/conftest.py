"""A project with the definitions that `mdt mock create` writes."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from mdt.cli import main


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert CliRunner().invoke(main, ["mock", "create", str(tmp_path)]).exit_code == 0
    return tmp_path
