"""Free ports of loopback."""

import os
import random
import socket

from testdb.language import _

# Below those that systems give to the near ends of connections: while a server is down, nobody else is given its port,
# and a client that tries it again and again cannot meet itself.
PORTS = range(20_000, 30_000)
SHARES = 8  # processes that run side by side take from different parts: they would not know of a server that is down
TRIES = 200


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    size = len(PORTS) // SHARES
    share = PORTS[os.getpid() % SHARES * size :][:size]
    for port in random.SystemRandom().sample(share, TRIES):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise OSError(
        _(
            "{count} ports of 127.0.0.1 between {first} and {last} are all taken",
            count=TRIES,
            first=PORTS.start,
            last=PORTS.stop,
        )
    )
