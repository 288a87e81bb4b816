"""Runs a clean-up command when this process ends, even if it is killed.

A second process waits at the read end of a pipe. The pipe closes when this process ends, and then the second one runs the command.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

COMMAND_SECONDS = 60


@contextmanager
def at_end(*command: str, env: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run `command` when this closes, or when this process is no more."""
    waiting = [sys.executable, "-I", __file__, *command]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, cwd="/", start_new_session=True, env=env):  # noqa: S603 - ourselves
        yield


if __name__ == "__main__":
    sys.stdin.read()
    subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, check=False, capture_output=True, timeout=COMMAND_SECONDS)  # noqa: S603
