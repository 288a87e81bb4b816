"""Tests with real sockets on loopback: the server, the clients, the command line."""

from tests.unit.english import english

__all__ = ["english"]
