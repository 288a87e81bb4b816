"""Threads that begin together; every wait here is bounded, and no bound is a measurement."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.framework.waiting import HANG


def at_once[T](count: int, act: Callable[[int], T]) -> list[T]:
    """What `act(0)`, `act(1)`, ... give, each in a thread of its own, all let go at the same moment."""
    start = Barrier(count)

    def run(number: int) -> T:
        start.wait(HANG)
        return act(number)

    with ThreadPoolExecutor(count) as threads:
        return [running.result(HANG) for running in [threads.submit(run, number) for number in range(count)]]
