"""Finds free ports of 127.0.0.1."""

import os
import random
import socket

from testdb.language import _

# Below the ephemeral ports: while a server is down, the system gives its port to nobody, and a client that reconnects in a
# loop cannot connect to itself.
PORTS = range(20_000, 30_000)
SHARES = 8  # parallel processes use different parts, because the port of a stopped server looks free
TRIES = 200


def free_port() -> int:
    """A port of 127.0.0.1 without a listener; raises OSError after 200 tries."""
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
