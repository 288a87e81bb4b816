"""What all unit tests of mdt share: English, and no network."""

import pytest_socket

from tests.unit.english import english

__all__ = ["english"]


def pytest_runtest_setup() -> None:
    """No unit test reaches the network."""
    pytest_socket.disable_socket()
