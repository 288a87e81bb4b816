"""A fake server with a proxy before it; at the end of each test nothing of them may be left."""

import threading
from collections.abc import Iterator

import pytest

from faultlab.proxy import Proxy
from tests.sockets.proxy.fakes import Client, MySqlClient, MySqlServer, PostgreSqlServer, Server


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No thread, not even of what a rule does; an open socket is a warning, and warnings are errors."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def server(nothing_left) -> Iterator[Server]:
    with MySqlServer() as made:
        yield made


@pytest.fixture
def proxy(server) -> Iterator[Proxy]:
    with Proxy("mysql", "127.0.0.1", server.port) as made:
        yield made


@pytest.fixture
def connect(proxy):
    """Make clients that have logged in; they are closed at the end."""
    made: list[Client] = []

    def one() -> MySqlClient:
        made.append(MySqlClient(proxy.port))
        return made[-1]

    yield one
    for client in made:
        client.close()


@pytest.fixture
def postgresql(nothing_left) -> Iterator[tuple[PostgreSqlServer, Proxy]]:
    with PostgreSqlServer() as server, Proxy("postgresql", "127.0.0.1", server.port) as proxy:
        yield server, proxy
