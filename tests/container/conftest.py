"""The image and the compose file, on a real Docker engine: `pytest tests/container`. Slow, so no part of `make test`.

Without an engine these tests fail and say why. They use a compose project and ports of their own, and remove all of it.
"""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from testdb.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "touchstone-under-test"
PROJECT = f"container-tests-{secrets.token_hex(4)}"
BUILD_SECONDS = 900


def run(*words: str, seconds: float = 120, check: bool = True, **changes: str) -> subprocess.CompletedProcess[str]:
    """One command, with what it said; with `check` a failing one ends the test with that."""
    done = subprocess.run(
        words, cwd=ROOT, env=os.environ | changes, capture_output=True, text=True, timeout=seconds, check=False
    )
    if check and done.returncode:
        pytest.fail(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


@pytest.fixture(scope="session")
def engine() -> None:
    """A Docker engine that answers."""
    try:
        answer = run("docker", "info", seconds=20, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired) as reason:
        pytest.fail(f"these tests need a Docker engine: {reason}")
    if answer.returncode:
        pytest.fail(f"these tests need a Docker engine: {answer.stderr}")


@pytest.fixture(scope="session")
def image(engine: None) -> str:
    """The image, built from the working tree."""
    run("docker", "build", "--network", "host", "--tag", IMAGE, ".", seconds=BUILD_SECONDS)
    return IMAGE


class Stack:
    """The services of docker-compose.dev.yml, all healthy."""

    def __init__(self) -> None:
        self.port = free_port()
        self._ports = {"HTTP_PORT": str(self.port), "MYSQL_PORT": str(free_port())}

    def compose(self, *words: str, check: bool = True) -> str:
        command = ("docker", "compose", "-f", "docker-compose.dev.yml", "-p", PROJECT, *words)
        return run(*command, seconds=BUILD_SECONDS, check=check, **self._ports).stdout

    def services(self) -> dict[str, dict[str, object]]:
        """What the engine says about each service's container."""
        ids = self.compose("ps", "--all", "--quiet").split()
        found = json.loads(run("docker", "inspect", *ids).stdout)
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in found}


@pytest.fixture(scope="session")
def stack(engine: None) -> Iterator[Stack]:
    stack = Stack()
    try:
        stack.compose("up", "--detach", "--build", "--wait")
        yield stack
    finally:
        stack.compose("down", "--volumes", "--timeout", "5", check=False)
