"""The tests read English, whatever language the developer speaks."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def english() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TESTDB_LANG", "en")
        yield
