"""Runs `python -m mdt` as people do, and a server that ends with the test."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[3]
OURS = (
    "MDT_MOCKS",
    "MDT_SERVER",
    "MDT_SESSION",
    "MDT_TOKEN",
    "PYTEST_PLUGINS",
    "PYTEST_ADDOPTS",
    "PYTEST_XDIST_WORKER",
    "INVENTORY_URL",  # the unit suite sets it for this project's application
)
SECONDS = 180  # several processes start, and others may have the machine


def environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**clean, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]), "MDT_LANG": "en", **more}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "mdt", *map(str, arguments)]


def mdt(*arguments: object, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(**env),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def document(*arguments: object, cwd: Path, **env: str) -> Any:
    result = mdt(*arguments, "--json", cwd=cwd, **env)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


class Served:
    """A running `mdt mock serve --json`; `said` is its document."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = json.loads(self._document())
        self.url: str = self.said["url"]

    def _document(self) -> str:
        """Up to the line that closes it."""
        text = ""
        assert self.process.stdout
        for line in self.process.stdout:
            text += line
            if line == "}\n":
                return text
        raise AssertionError(f"the server ended: {text} {self.process.communicate()[1]}")

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Exit code and stderr."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, said


@contextmanager
def served(cwd: Path, *arguments: object, verb: str = "serve") -> Iterator[Served]:
    with subprocess.Popen(
        command("mock", verb, "--port", 0, "--json", *arguments),
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Served(process)
        finally:
            process.kill()


def check(base: str, **headers: str) -> bool:
    """Asks the example's inventory."""
    body = {"productId": "p1", "quantity": 1}
    answer = requests.post(f"{base}/stock/check", json=body, headers=headers, timeout=10)
    return bool(answer.json()["available"])
