"""The unit suite: SQLite in memory, no sockets, no processes; those and what is generated at length are in tests/system."""

from collections.abc import Iterator

import pytest
import pytest_socket

from tests.framework.on_sqlite import *  # noqa: F403


def pytest_runtest_setup() -> None:
    """No unit test reaches the network."""
    pytest_socket.disable_socket()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """After every fixture has ended: one that patched the module socket puts the block back in its place."""
    yield
    pytest_socket.enable_socket()
