"""Ports of loopback."""

import random
import socket

# Below those that systems give to the near ends of connections: while a server is down, nobody else is given its port,
# and a client that tries it again and again cannot meet itself.
PORTS = range(20_000, 30_000)
TRIES = 200


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    for port in random.SystemRandom().sample(PORTS, TRIES):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise OSError(f"{TRIES} ports of 127.0.0.1 between {PORTS.start} and {PORTS.stop} are all taken")
