"""A process that has the balancer's modules loaded, and forks a balancer in milliseconds.

It takes one JSON message a balancer over a Unix socket, with two file descriptors: the listening socket, and the log.
When the socket closes, because the tests ended or were killed, it ends its balancers and itself.
"""

import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

MAX_MESSAGE = 64 * 1024
MODULES = ("balancer.cli", "balancer.proxy.serving", "uvicorn.lifespan.on", "uvloop", "watchfiles")


def main(descriptor: int) -> None:
    load()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the tests, and these end us
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a balancer
    started: list[int] = []
    with socket.socket(fileno=descriptor) as channel:
        channel.sendall(b"ready\n")
        while (asked := _next(channel)) is not None:
            started.append(_forked(channel, *asked))
            channel.sendall(b"%d\n" % started[-1])
    for pid in started:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def load() -> None:
    """Loads all that a balancer needs, so that none of them does; the collector leaves it alone, and so it stays shared."""
    for module in MODULES:
        importlib.import_module(module)
    gc.freeze()


def _next(channel: socket.socket) -> tuple[list[str], list[int]] | None:
    message, descriptors, _, _ = socket.recv_fds(channel, MAX_MESSAGE, 2)
    return (json.loads(message), descriptors) if message else None


def _forked(channel: socket.socket, arguments: Sequence[str], descriptors: Sequence[int]) -> int:
    pid = os.fork()
    if pid == 0:
        channel.close()
        _become_balancer(arguments, *descriptors)
    for one in descriptors:
        os.close(one)
    return pid


def _become_balancer(arguments: Sequence[str], listening: int, log: int) -> NoReturn:
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        os.set_inheritable(listening, False)
        from balancer.cli import main as command

        command([*arguments, "--fd", str(listening)], prog_name="balancer")
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001 - the log is all that is left
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]))
