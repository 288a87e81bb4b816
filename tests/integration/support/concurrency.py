"""Threads that begin together, and waiting that ends; every wait here is bounded, and no bound is a measurement."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

HANG = 120  # seconds after which something hangs
POLL = 0.02  # seconds


def at_once[T](count: int, act: Callable[[int], T]) -> list[T]:
    """What `act(0)`, `act(1)`, ... give, each in a thread of its own, all let go at the same moment."""
    start = Barrier(count)

    def run(number: int) -> T:
        start.wait(HANG)
        return act(number)

    with ThreadPoolExecutor(count) as threads:
        return [running.result(HANG) for running in [threads.submit(run, number) for number in range(count)]]


def eventually[T](look: Callable[[], T], what: str, seconds: float = HANG) -> T:
    """The first true value that `look` gives; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"never happened within {seconds} s: {what}"
        time.sleep(POLL)
    return found
