"""A second provider is asked when the first is slow; the one that says something first answers, the other is dropped."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from balancer.proxy.answer import Answer, Headers
from balancer.proxy.classification import Failure, Kind
from balancer.proxy.config import Target
from balancer.proxy.config.settings import HedgeSettings
from balancer.proxy.health import Lease

MEASURED = 200
ENOUGH = 20

type Entry = tuple[Target, Lease]
type Visit = Callable[[Target, Lease, Answer, bool], Coroutine[None, None, Failure | None]]


class Latencies:
    """The latest times to the first content, in seconds."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=MEASURED)

    def add(self, seconds: float) -> None:
        self._seconds.append(seconds)

    def delay(self, settings: HedgeSettings) -> float | None:
        """Seconds after which an answer is slow; None while too few were measured to know."""
        if settings.after_ms != "p95":
            return settings.after_ms / 1000
        if len(self._seconds) < ENOUGH:
            return None
        from statistics import quantiles  # hedging is off by default, and then nobody waits for this

        return quantiles(self._seconds, n=20)[-1]


class Race:
    """`winner` is the entrant that wrote first; what others write then ends their task."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.winner: RacingAnswer | None = None
        self.decided = asyncio.Event()

    def claim(self, entrant: "RacingAnswer") -> None:
        if self.winner is None:
            self.winner = entrant
            self.decided.set()
        elif self.winner is not entrant:
            raise asyncio.CancelledError


class RacingAnswer:
    """One entrant's way to the caller."""

    def __init__(self, race: Race) -> None:
        self._race = race

    @property
    def started(self) -> bool:
        return self._race.winner is self and self._race.answer.started

    async def start(self, status: int, headers: Headers) -> None:
        self._race.claim(self)
        await self._race.answer.start(status, headers)

    async def write(self, data: bytes) -> None:
        self._race.claim(self)
        await self._race.answer.write(data)

    async def finish(self) -> None:
        self._race.claim(self)
        await self._race.answer.finish()

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        self._race.claim(self)
        await self._race.answer.whole(status, headers, body)

    async def abort(self) -> None:
        self._race.claim(self)
        await self._race.answer.abort()


class Hedge:
    """One race: `first` at once, others from `entries` after each `delay` seconds, at most `max_extra` of them."""

    def __init__(self, answer: Answer, visit: Visit, entries: Iterator[Entry], delay: float, max_extra: int) -> None:
        self._race = Race(answer)
        self._visit = visit
        self._entries = entries
        self._delay = delay
        self._extra = max_extra
        self._tasks: dict[asyncio.Task[Failure | None], RacingAnswer] = {}

    async def run(self, first: Entry, failures: list[Failure]) -> Failure | None:
        """None after an answer, else the last failure. Whoever has not won is cancelled."""
        decided = asyncio.create_task(self._race.decided.wait())
        self._enter(first, hedge=False)
        try:
            return await self._until_over(decided, failures)
        finally:
            decided.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(decided, *self._tasks, return_exceptions=True)

    async def _until_over(self, decided: "asyncio.Task[Any]", failures: list[Failure]) -> Failure | None:
        failure: Failure | None = None
        while self._tasks:
            delay = self._delay if self._extra > 0 else None
            waiting: set[asyncio.Task[Any]] = {decided, *self._tasks}
            done, _ = await asyncio.wait(waiting, timeout=delay, return_when=asyncio.FIRST_COMPLETED)
            if decided in done:
                return await self._winner()
            if not done:
                self._grow()
            for task in [one for one in self._tasks if one in done]:
                failure = self._ended(task)
                if failure is None or failure.kind is Kind.CALLER:
                    return failure
                failures += [failure] if self._tasks else []
        return failure

    def _ended(self, task: "asyncio.Task[Failure | None]") -> Failure | None:
        self._tasks = {one: entrant for one, entrant in self._tasks.items() if one is not task}
        return task.result()

    async def _winner(self) -> Failure | None:
        for task, entrant in self._tasks.items():
            if entrant is not self._race.winner:
                task.cancel()
        return await next(task for task, entrant in self._tasks.items() if entrant is self._race.winner)

    def _grow(self) -> None:
        self._extra -= 1
        if entry := next(self._entries, None):
            self._enter(entry, hedge=True)

    def _enter(self, entry: Entry, *, hedge: bool) -> None:
        entrant = RacingAnswer(self._race)
        self._tasks[asyncio.create_task(self._visit(*entry, entrant, hedge))] = entrant
