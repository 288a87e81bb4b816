"""Runs docker commands; each ends within a time, and one that fails says what docker said."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from testdb.language import _
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
        raise ProviderFailedError(
            _("docker {command} did not answer within {seconds:.0f} s", command=words[0], seconds=seconds)
        ) from error
    if done.returncode:
        raise ProviderFailedError(
            _(
                "docker {command} failed:\n{output}",
                command=" ".join(words[:4]),
                output=tail(done.stderr or done.stdout),
            )
        )
    return done.stdout.strip()


def why_unavailable() -> str:
    """Why there is no engine to use; empty if there is one."""
    if shutil.which("docker") is None:
        return str(_("docker is not installed"))
    try:
        docker("info", "--format", "{{.ServerVersion}}", seconds=ANSWER_SECONDS)
    except ProviderUnavailableError as reason:
        return str(reason)
    return ""
