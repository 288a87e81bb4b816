"""The unit suite: SQLite in memory, no sockets, no processes; those and what is generated at length are in tests/system."""

import pytest_socket

from tests.framework.on_sqlite import *  # noqa: F403


def pytest_runtest_setup() -> None:
    """No unit test reaches the network."""
    pytest_socket.disable_socket()
