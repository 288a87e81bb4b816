"""Runs pytest in a process of its own, and gives it the time to end in good order when somebody presses Ctrl-C."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def arguments(given: tuple[str, ...], default: str) -> list[str]:
    """`default` is where the tests are, unless the arguments name a place themselves."""
    named = any(Path(one.partition("::")[0]).exists() for one in given if not one.startswith("-"))
    return [*([] if named else [default]), *given]


def run_pytest(wanted: list[str], env: Mapping[str, str], *, to_stderr: bool) -> int:
    """The exit code of pytest, or 128 + the signal that ended it."""
    command = [sys.executable, "-m", "pytest", *wanted]
    process = subprocess.Popen(command, env=dict(env), stdout=sys.stderr if to_stderr else None)  # noqa: S603
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            continue  # pytest got it too; it writes its summary and ends
        return code if code >= 0 else 128 - code
