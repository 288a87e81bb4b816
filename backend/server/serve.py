"""The production server: `python -m backend.server.serve` runs Granian with our settings and stops without losing a request.

The first SIGTERM or SIGINT turns readiness off and goes on serving for SHUTDOWN_DRAIN seconds, so that the balancer
notices; then requests in flight are finished, and the exit code is 0. A second signal ends the waiting, a third the requests.
Exit 2: the settings, the address or the temporary folder are not usable. Exit 1: workers keep dying.
"""

import logging
import multiprocessing
import sys
from pathlib import Path
from typing import Any

import click
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from backend import create_app
from backend.core.settings import Settings
from backend.server import worker
from backend.server.bind_address import address_to_bind, prepare_folder, temporary_folder
from backend.server.graceful_shutdown import GracefulShutdown
from backend.settings import load_settings

BACKLOG = 1024  # connections that the kernel keeps for a worker which takes no more
CONNECTIONS = 512  # that a worker holds open; idle ones count, so this is far above SERVER_THREADS
IDLE_MILLISECONDS = 75_000  # until an idle connection is closed: after the balancer, which mostly takes 60 s
NOT_FOR_US = "Configuration allows spawning up to"  # advice against more threads than connections to the database
FINISH_SECONDS = 20  # for the requests in flight; what takes longer is cut off


class GracefulServer(MPServer):
    """Granian with stop signals handled by `GracefulShutdown`."""

    def __init__(self, settings: Settings, address: str) -> None:
        super().__init__("wsgi:app", address, settings.port, **options(settings))
        self.stopping = GracefulShutdown(settings.shutdown_drain, self.stop, self.kill)

    def signal_handler_interrupt(self, *_: Any) -> None:
        self.stopping.advance()

    def stop(self) -> None:
        """Take no more connections, finish the requests in flight, end."""
        super().signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def kill(self) -> None:
        """End the workers with whatever they are doing."""
        for process in list(self.wrks):
            process.kill()  # type: ignore[no-untyped-call]


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


def serve() -> None:
    """Serve until a signal. The application is built here first, so that an error is reported once and not by each worker."""
    settings = load_settings()
    create_app(settings)
    address = address_to_bind(settings.host, settings.port)
    logging.getLogger("_granian").addFilter(lambda line: not line.getMessage().startswith(NOT_FOR_US))
    multiprocessing.set_start_method("spawn")  # a fork would inherit this process's locks, threads and metrics
    with temporary_folder() as name:
        prepare_folder(Path(name))
        GracefulServer(settings, address).serve(target_loader=worker.load_application, wrap_loader=False)


def main() -> None:
    """Serve; an error that an operator can mend is one message on standard error and exit 2."""
    try:
        serve()
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
