"""The application's only sources of time, so that a test can stop it."""

import time
from datetime import UTC, datetime


def utcnow() -> datetime:
    """Now, with the time zone UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never go back; for deadlines."""
    return time.monotonic()
