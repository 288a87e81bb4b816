"""Memory, threads, descriptors and processor time of a server and its workers, and whether they grow while it works."""

import statistics
import threading
import time
from dataclasses import asdict, astuple, dataclass
from typing import Any, Self

import psutil

MIB = 1024 * 1024
EVERY = 0.25  # seconds
WARM_UP = 1 / 3  # of the samples, which say nothing of growth: code is loaded, pools fill


@dataclass(frozen=True)
class Sample:
    """At one moment, of all processes together; `at` and `cpu` are seconds, `rss` MiB of the largest process."""

    at: float
    cpu: float
    rss: float
    threads: int
    descriptors: int


def sample(pid: int) -> Sample:
    """Look at the process and its children, those that end meanwhile left out."""
    leader = psutil.Process(pid)
    found = [each for process in (leader, *leader.children(recursive=True)) if (each := _of(process))]
    cpu, rss, threads, descriptors = zip(*found, strict=True)
    return Sample(time.monotonic(), sum(cpu), max(rss) / MIB, sum(threads), sum(descriptors))


def _of(process: psutil.Process) -> tuple[float, int, int, int] | None:
    try:
        with process.oneshot():
            used = process.cpu_times()
            return used.user + used.system, process.memory_info().rss, process.num_threads(), process.num_fds()
    except psutil.NoSuchProcess:
        return None


class Watch:
    """Samples in a thread while the block runs, the first after `delay` seconds."""

    def __init__(self, pid: int, delay: float = 0.0) -> None:
        self.samples: list[Sample] = []
        self._delay = delay
        self._pid, self._end = pid, threading.Event()
        self._thread = threading.Thread(target=self._run, name="resources", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        self._end.wait(self._delay)
        while not self._end.wait(EVERY):
            try:
                self.samples.append(sample(self._pid))
            except psutil.NoSuchProcess:
                return


def growth(samples: list[Sample]) -> dict[str, float]:
    """By how much each grew after the warm-up: the slope of the line through the samples, times the seconds between them."""
    settled = samples[int(len(samples) * WARM_UP) :]
    if len(settled) < 3:
        raise ValueError(f"{len(samples)} samples are too few to tell growth from noise; let it run longer")
    at = [one.at for one in settled]
    values = {name: [getattr(one, name) for one in settled] for name in ("rss", "threads", "descriptors")}
    return {name: statistics.linear_regression(at, many).slope * (at[-1] - at[0]) for name, many in values.items()}


def summary(samples: list[Sample]) -> dict[str, Any]:
    """What the report says of them."""
    first, last = samples[0], samples[-1]
    top = {name: max(getattr(one, name) for one in samples) for name in ("rss", "threads", "descriptors")}
    busy = (last.cpu - first.cpu) / max(last.at - first.at, EVERY)
    return {
        "cores": round(busy, 2),
        "most": top,
        "growth": growth(samples),
        "samples": [astuple(one) for one in samples],
        "columns": [*asdict(first)],
    }
