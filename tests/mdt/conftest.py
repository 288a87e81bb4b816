"""Tests with real sockets on loopback: the server, the clients, the command line."""
