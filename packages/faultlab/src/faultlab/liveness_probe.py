"""Asks the service every 50 ms whether it is alive, in a process of its own so that nothing here delays it.

`python -m faultlab.liveness_probe PORT PATH` prints a line for each answer: time.monotonic() of the request, milliseconds, status, load.
"""

import http.client
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from faultlab.clients import Clock
from faultlab.report_model import Health

PAUSE = 0.05  # seconds between two requests
PATIENCE = 5.0
RUNNING = Path("/proc/loadavg")


class LivenessProbe:
    """`since(clock)` returns the answers; `stop()` ends the process."""

    def __init__(self, port: int, path: str) -> None:
        command = [sys.executable, "-m", "faultlab.liveness_probe", str(port), path]
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            command,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C must not reach it
        )
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        self._lines = self._process.stdout
        self._answers: list[tuple[float, Health]] = []
        self._reader = threading.Thread(target=self._read, name="alive", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._lines:
            asked, took, status, load = line.split()
            answer = Health(t=0, ms=float(took), status=int(status) or None, load=float(load))
            self._answers.append((float(asked), answer))

    def since(self, clock: Clock) -> list[Health]:
        """The answers since the clock's zero."""
        found = [one for one in self._answers if one[0] >= clock.zero]
        return [answer.model_copy(update={"t": clock.since(asked)}) for asked, answer in found]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._lines.close()


def ask(port: int, path: str) -> tuple[float, float, int]:
    """Send one request: time.monotonic() before it, milliseconds, and the status, 0 without an answer."""
    asked = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        connection.close()
    return asked, round((time.monotonic() - asked) * 1000, 2), status


def load() -> float:
    """Runnable tasks per core, at least 1."""
    try:
        running = float(RUNNING.read_text().split()[3].partition("/")[0])
    except OSError:  # not Linux: use the mean of the last minute
        running = os.getloadavg()[0]
    return round(max(1.0, running / (os.cpu_count() or 1)), 2)


def main() -> None:
    """Probe until nobody reads the output."""
    port, path = int(sys.argv[1]), sys.argv[2]
    with suppress(BrokenPipeError):
        while True:
            busy = load()
            os.write(1, (" ".join(map(str, [*ask(port, path), max(busy, load())])) + "\n").encode())
            time.sleep(PAUSE)


if __name__ == "__main__":
    main()
