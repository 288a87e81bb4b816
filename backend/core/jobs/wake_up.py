"""Wakes this process's own worker when a job was committed, so that nobody waits for its next look."""

import threading

from backend.core import running

EXTENSION = "jobs_wake_up"


def wake() -> None:
    """Let the worker of this process look for jobs now, if it has one."""
    event: threading.Event = running.extension(EXTENSION)
    event.set()
