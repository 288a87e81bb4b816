"""Runs a clean-up command when this process ends, even if it is killed.

A second process reads from a pipe, which the system closes when this process ends; then it runs the command.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

COMMAND_SECONDS = 60


@contextmanager
def at_end(*command: str, env: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run `command` at the end of the block, or when this process ends in any way."""
    waiting = [sys.executable, "-I", __file__, *command]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, cwd="/", start_new_session=True, env=env):  # noqa: S603 - ourselves
        yield


if __name__ == "__main__":
    sys.stdin.read()
    subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, check=False, capture_output=True, timeout=COMMAND_SECONDS)  # noqa: S603
