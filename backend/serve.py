"""The production server: `python -m backend.serve` runs Granian with our settings and stops without losing a request.

The first SIGTERM or SIGINT turns readiness off and goes on serving for SHUTDOWN_DRAIN seconds, so that the balancer
notices; then requests in flight are finished, and the exit code is 0. A second signal ends the waiting, a third the requests.
Exit 2: the settings, the address or the temporary folder are not usable. Exit 1: workers keep dying.
"""

import logging
import multiprocessing
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import structlog
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from backend import create_app, worker
from backend.core import lifecycle
from backend.core.settings import Settings, load_settings

log = structlog.get_logger("server")

METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
BACKLOG = 1024  # connections that the kernel keeps for a worker which takes no more
CONNECTIONS = 512  # that a worker holds open; idle ones count, so this is far above SERVER_THREADS
IDLE_MILLISECONDS = 75_000  # until an idle connection is closed: after the balancer, which mostly takes 60 s
NOT_FOR_US = "Configuration allows spawning up to"  # advice against more threads than connections to the database
DRAIN, STOP, KILL = range(3)  # the steps of stopping
FINISH_SECONDS = 20  # for the requests in flight; what takes longer is cut off


class UnusableError(click.ClickException):
    """The server cannot start for a reason outside the code; the message says what to do."""

    exit_code = 2


class GracefulServer(MPServer):
    """Granian, in whose place `Stopping` decides what a stop signal does."""

    def __init__(self, settings: Settings, address: str) -> None:
        super().__init__("wsgi:app", address, settings.port, **options(settings))
        self.stopping = Stopping(settings.shutdown_drain, self.stop, self.kill)

    def signal_handler_interrupt(self, *_: Any) -> None:
        self.stopping.advance()

    def stop(self) -> None:
        """Take no more connections, finish the requests in flight, end."""
        super().signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def kill(self) -> None:
        """End the workers with whatever they are doing."""
        for process in list(self.wrks):
            process.kill()  # type: ignore[no-untyped-call]


class Stopping:
    """The way out in three steps. A signal takes the next one; the end of the drain takes the second."""

    def __init__(self, drain_seconds: float, stop: Callable[[], None], kill: Callable[[], None]) -> None:
        self._drain_seconds = drain_seconds
        self._steps = {DRAIN: self._drain, STOP: stop, KILL: kill}
        self._lock = threading.Lock()
        self._next = DRAIN

    def advance(self) -> threading.Thread:
        """Take the next step, outside the signal handler: what it interrupted may hold a lock that the step needs."""
        thread = threading.Thread(target=self.take, args=[self._next])
        thread.start()
        return thread

    def take(self, step: int) -> None:
        """Take `step`, unless that has been done already."""
        with self._lock:
            if step != self._next:
                return
            self._next = min(step + 1, KILL)
        self._steps[step]()

    def _drain(self) -> None:
        Path(os.environ[lifecycle.VARIABLE]).touch()
        log.info("server.draining", seconds=self._drain_seconds)
        timer = threading.Timer(self._drain_seconds, self.take, [STOP])
        timer.daemon = True
        timer.start()


def options(settings: Settings) -> dict[str, Any]:
    """Granian's options. Its log lines go the way of ours; its access log is off, because the application writes one."""
    return {
        "interface": Interfaces.WSGI,
        "http": HTTPModes.http1,
        "websockets": False,
        "workers": settings.server_workers,
        "blocking_threads": settings.server_threads,
        "backlog": BACKLOG,
        "backpressure": CONNECTIONS,
        "http1_settings": HTTP1Settings(header_read_timeout=IDLE_MILLISECONDS),
        "respawn_failed_workers": True,
        "workers_kill_timeout": FINISH_SECONDS,
        "log_access": False,
        "log_dictconfig": {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}},
    }


def address_to_bind(host: str, port: int) -> str:
    """The IP address of `host`, once it is sure that the port is ours: workers share it, so they would not notice."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise UnusableError(f"cannot listen on {host} port {port}: {error.strerror}; {_advice(error)}") from error
    return str(place[0])


def _advice(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "ports below 1024 are for root here: set PORT=8080, and tell what stands in front of it"
    return "set HOST and PORT"


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for this run alone, gone at its end."""
    try:
        return tempfile.TemporaryDirectory(prefix="touchstone-")
    except OSError as error:
        raise UnusableError("there is no temporary folder to write to; in a container add --tmpfs /tmp") from error


def prepare_folder(folder: Path) -> None:
    """Say where the sign to stop will be, and give the workers' metrics an empty place before any worker starts."""
    os.environ[lifecycle.VARIABLE] = str(folder / "stopping")
    metrics = Path(os.environ.setdefault(METRICS_VARIABLE, str(folder / "metrics")))
    metrics.mkdir(parents=True, exist_ok=True)
    for left_over in metrics.glob("*.db"):
        left_over.unlink()


def serve() -> None:
    """Serve until a signal. The application is built here first: what is wrong with it is said once, not by each worker."""
    settings = load_settings()
    create_app(settings)
    address = address_to_bind(settings.host, settings.port)
    logging.getLogger("_granian").addFilter(lambda line: not line.getMessage().startswith(NOT_FOR_US))
    multiprocessing.set_start_method("spawn")  # a fork would inherit this process's locks, threads and metrics
    with temporary_folder() as name:
        prepare_folder(Path(name))
        GracefulServer(settings, address).serve(target_loader=worker.load_application, wrap_loader=False)


def main() -> None:
    """Serve; what a person can put right is one message on standard error and exit 2."""
    try:
        serve()
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
