"""Our balancer as the gateway of an environment: a process of its own, or a thread of this one."""

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from balancer.testing.errors import EnvironmentSetupError
from balancer.testing.gateways import Plan
from balancer.testing.http_calls import CallError, call
from balancer.testing.processes import Process, start_balancer

START = 60.0  # seconds for a balancer to answer on a machine that is busy
MODES = ("process", "inprocess")


class BalancerGateway:
    """Hands a listening socket over, so that no port is guessed and early requests wait in its backlog."""

    def start(self, plan: Plan) -> "RunningBalancer":
        """Raises EnvironmentSetupError with the balancer's own words."""
        path = plan.folder / "balancer.yaml"
        write_config(path, plan.config)
        log = plan.folder / "balancer.log"
        log.touch()
        start = {"process": _in_process_of_its_own, "inprocess": _in_thread}.get(plan.mode)
        if start is None:
            raise EnvironmentSetupError(f"mode: {plan.mode!r} is none of {', '.join(MODES)}")
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            running = RunningBalancer(url, path, log, start(path, log, listening))
        running.wait()
        return running


class RunningBalancer:
    """`stopped` ends it; `pid` is None in a thread."""

    def __init__(self, url: str, path: Path, log: Path, parts: tuple[Callable[[], None], Process | None]) -> None:
        self.url = url
        self._path = path
        self._log = log
        self._stop, self.process = parts

    def wait(self) -> None:
        """Returns when it answers: the request waits in the backlog until then."""
        try:
            call("GET", f"{self.url}/health", timeout=START)
        except CallError as error:
            self.stop()
            raise EnvironmentSetupError(f"The balancer did not start: {error}\n{self.log()}") from None

    def stop(self) -> None:
        self._stop()

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def providers(self) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in call("GET", f"{self.url}/providers")["providers"]}

    def requests(self) -> list[dict[str, Any]]:
        """The last requests with their attempts, the newest first."""
        found: list[dict[str, Any]] = call("GET", f"{self.url}/attempts")["requests"]
        return found

    def advance(self, seconds: float) -> None:
        call("POST", f"{self.url}/test/advance", {"seconds": seconds})

    def reset(self) -> None:
        """Forgets what it knows of its providers' health."""
        call("POST", f"{self.url}/providers/reset", {})

    def reload(self, config: Mapping[str, Any]) -> None:
        """Raises CallError with status 422 if the balancer refuses the configuration and keeps the old one."""
        write_config(self._path, config)
        call("POST", f"{self.url}/providers/reload", {})


def write_config(path: Path, config: Mapping[str, Any]) -> None:
    """Readable by this user alone, because it has keys in it; written aside and moved, so that nobody reads a half."""
    aside = path.with_suffix(".new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        yaml.safe_dump(dict(config), file, allow_unicode=True, sort_keys=False)
    aside.replace(path)


def _in_process_of_its_own(
    path: Path, log: Path, listening: socket.socket
) -> tuple[Callable[[], None], Process | None]:
    arguments = ["serve", "--config", str(path), "--test-control", "--log-level", "debug"]
    process = start_balancer(arguments, listening, log)
    return process.end, process


def _in_thread(path: Path, _: Path, listening: socket.socket) -> tuple[Callable[[], None], Process | None]:
    """Its log lines go to this process's logging."""
    from balancer.testing.thread_balancer import ThreadBalancer

    return ThreadBalancer(path, listening.dup()).stop, None
