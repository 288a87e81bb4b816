"""The balancer in a thread of the test's process: no process to start, and a debugger can stop in it."""

import asyncio
import socket
import threading
from pathlib import Path

from balancer.proxy.config import ConfigError, load
from balancer.proxy.serving import create_service, server_of
from balancer.testing.errors import EnvironmentSetupError


class ThreadBalancer:
    """Serves until `stop`. Raises EnvironmentSetupError for a configuration that cannot be used."""

    def __init__(self, path: Path, listening: socket.socket) -> None:
        try:
            app = create_service(load(path), str(path), test_control=True)
        except ConfigError as error:
            listening.close()
            raise EnvironmentSetupError(f"The balancer refuses its configuration:\n{error}") from None
        self._server = server_of(app)
        self._listening = listening
        self._thread = threading.Thread(target=self._run, name="balancer", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._listening:
            asyncio.run(
                self._server.serve(sockets=[self._listening]), loop_factory=self._server.config.get_loop_factory()
            )

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
