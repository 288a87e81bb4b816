"""The definitions are those of the unit tests."""

import pytest

from mdt.inprocess import active_block
from tests.unit.inprocess.conftest import MOCKS


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MDT_MOCKS", str(MOCKS))
    yield
    assert not active_block.ACTIVE
