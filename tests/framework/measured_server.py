"""A server that is measured: a process in a group of its own, with what production sets, gone when the block ends."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 20


class NotStartedError(Exception):
    """A server did not come up; the message carries the end of its log."""


@contextmanager
def process(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The running process; what it prints is in `log`."""
    with log.open("wb") as out:
        running = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield running
    finally:
        _stop(running)


def _stop(running: subprocess.Popen[bytes]) -> None:
    """Ask the server to end; what is left of its group after a while is killed."""
    running.terminate()
    with suppress(subprocess.TimeoutExpired):
        running.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait(STOP_SECONDS)


def as_in_production(url: str, port: int) -> dict[str, str]:
    """What production sets, but for the stand-in for WeChat, which production refuses."""
    return os.environ | {
        "APP_ENV": "development",
        "DATABASE_URL": url,
        "JOBS_IN_PROCESS": "false",
        "JWT_SECRET": "not-a-secret-for-measuring-only-0123456789",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "INFO",
        "PORT": str(port),
        "SHUTDOWN_DRAIN": "0",
        "WECHAT_GATEWAY": "stand-in",
    }
