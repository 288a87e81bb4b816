"""One mock server for all tests here; each test has a namespace of its own."""

import uuid
from collections.abc import Iterator

import pytest

from balancer.mock.server import MockProviders
from tests.sockets.mock.support import Space


@pytest.fixture(scope="session")
def server() -> Iterator[MockProviders]:
    with MockProviders() as running:
        yield running


@pytest.fixture
def space(server: MockProviders) -> Iterator[Space]:
    """A namespace of this test's own."""
    mine = Space(server.url, uuid.uuid4().hex)
    yield mine
    mine.control("DELETE", "/mock-clear-context")
