"""Runs docker commands; each ends within a time, and one that fails says what docker said."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from testdb.server import ProviderFailedError, ProviderUnavailableError, tail

ANSWER_SECONDS = 10
COMMAND_SECONDS = 60


def docker(
    *words: str,
    seconds: float = COMMAND_SECONDS,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    errors: int = subprocess.PIPE,
) -> str:
    """The output of one docker command; raises `ProviderFailedError` with what it said if it fails or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 - docker alone
            ["docker", *words],  # noqa: S607 - as people call it
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            check=False,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise ProviderFailedError(f"docker {words[0]} did not answer within {seconds:.0f} s") from error
    if done.returncode:
        raise ProviderFailedError(f"docker {' '.join(words[:4])} failed:\n{tail(done.stderr or done.stdout)}")
    return done.stdout.strip()


def why_closed() -> str:
    """Why there is no engine to use, or nothing."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    try:
        docker("info", "--format", "{{.ServerVersion}}", seconds=ANSWER_SECONDS)
    except ProviderUnavailableError as reason:
        return str(reason)
    return ""
