"""Waiting that ends; no bound is a measurement."""

import time
from collections.abc import Callable

HANG = 120  # seconds after which something hangs
POLL = 0.02  # seconds


def eventually[T](look: Callable[[], T], what: str, seconds: float = HANG) -> T:
    """The first true value that `look` gives; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"never happened within {seconds} s: {what}"
        time.sleep(POLL)
    return found
