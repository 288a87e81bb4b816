"""A session holds everything that one test can change: choice, state, journal, clock, random numbers, counters."""

import copy
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Lock, RLock
from typing import Any

from mdt.engine.alarms import Alarms
from mdt.engine.choice import EMPTY, Choice
from mdt.engine.expectations import Expectation
from mdt.engine.journal import LIMIT, Journal
from mdt.engine.stubs import Stubs
from mdt.errors import MdtError
from mdt.language import _


class Clock:
    """Tells the time in UTC. It can be advanced and frozen, and never goes back, except by `reset`.

    Advancing rings the alarms on the way, each at its own time, in the thread that advances.
    """

    def __init__(self) -> None:
        self.alarms = Alarms()
        self._ringing = RLock()
        self._lock = Lock()
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        with self._lock:
            return self._now()

    def _now(self) -> datetime:
        return self._frozen or datetime.now(UTC) + self._offset

    def advance(self, **duration: float) -> None:
        """Advances by the arguments of a timedelta, such as minutes=15. Returns when the alarms on the way have rung."""
        step = timedelta(**duration)
        if len(self.alarms):
            self._ring(self.now() + step)
        else:
            self._step(step)

    def _step(self, step: timedelta) -> None:
        with self._lock:
            if self._frozen:
                self._frozen += step
            else:
                self._offset += step

    def ring_due(self) -> int:
        """Rings the alarms that are due now; returns how many rang."""
        return self._ring(self.now())

    def _ring(self, until: datetime) -> int:
        rung = 0
        with self._ringing:
            while (alarm := self.alarms.take(until)) is not None:
                self._reach(alarm.at)
                alarm.ring()
                rung += 1
            self._reach(until)
        return rung

    def _reach(self, moment: datetime) -> None:
        """Advances to this moment, if it is not over."""
        left = moment - self.now()
        if left > timedelta():
            self._step(left)

    def freeze(self, at: datetime | None = None) -> None:
        """Stops the clock now, or at a given moment. A moment without a time zone is UTC."""
        if at is not None and at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        with self._lock:
            self._frozen = at.astimezone(UTC) if at else self._now()

    def unfreeze(self) -> None:
        """Lets the clock run on from where it stopped."""
        with self._lock:
            if self._frozen:
                self._offset = self._frozen - datetime.now(UTC)
                self._frozen = None

    def reset(self) -> None:
        """Back to real time."""
        with self._lock:
            self._offset, self._frozen = timedelta(), None


STATE_TIMEOUT = 10  # seconds


class Session:
    """The session of one test; many threads may use it.

    `lock` is held only while an answer is chosen, the lock of `state_of` while a handler runs. Without a seed the id is
    the seed, so that the same test draws the same numbers in each run.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's name
        choice: Choice = EMPTY,
        *,
        seed: int | str | None = None,
        journal_limit: int = LIMIT,
        environment: str = "",
        dataset: str = "",
    ) -> None:
        self.id = id
        self.environment = environment  # of mdt.yaml; "" is none
        self.dataset = dataset  # "" is that of the environment
        self.seed = id if seed is None else seed
        self.lock = RLock()
        self.clock = Clock()
        self.journal = Journal(journal_limit)
        self.random = random.Random(self.seed)  # noqa: S311 - repeatable on purpose
        self.pace = random.Random(f"{self.seed} pace")  # noqa: S311 - waits of an environment; the numbers above stay the same
        self.state: dict[str, Any] = {}
        self.states: dict[str, str] = {}  # by service, of those that have moved on from their start
        self.stubs = Stubs()
        self.expectations: list[Expectation] = []
        self.calls: dict[str, int] = {}  # by route
        self.steps: dict[str, int] = {}  # by route and sequence
        self.courier: Any = (
            None  # who delivers callbacks: mdt.callbacks.couriers; None is one that knows this machine only
        )
        self._state_locks: dict[str, RLock] = {}  # by service
        self._choice = choice

    @property
    def choice(self) -> Choice:
        return self._choice

    @choice.setter
    def choice(self, choice: Choice) -> None:
        """Replaces the choice and restarts its sequences; state, journal and clock stay."""
        with self.lock:
            self._choice = choice
            self.steps.clear()

    def enter(self, environment: str, dataset: str = "") -> None:
        """Goes on in another environment or with other data: virtual services begin anew with it, all else stays.

        The names must exist: `DataSets.check`.
        """
        with self.lock:
            if (self.environment, self.dataset) != (environment, dataset):
                self.environment, self.dataset = environment, dataset
                self.state.clear()

    @contextmanager
    def state_of(self, service: str) -> Iterator[None]:
        """Locks the state of this virtual service. Raises MdtError after 10 s of waiting."""
        with self.lock:
            lock = self._state_locks.setdefault(service, RLock())
        if not lock.acquire(timeout=STATE_TIMEOUT):
            raise MdtError(
                _(
                    "another handler of {service} has kept its state for {seconds} s in this session. Does it call its own "
                    "service?",
                    service=service,
                    seconds=STATE_TIMEOUT,
                )
            )
        try:
            yield
        finally:
            lock.release()

    def overlay(self, choice: Choice) -> "Session":
        """A view of this session with one more choice over its own. Everything else is shared.

        Sequences of services that the choice names start anew; the others continue.
        """
        with self.lock:
            view = copy.copy(self)
            view.steps = _of_others(self.steps, choice)
            view.stubs = self.stubs.copy()
            view.expectations = []
            view._choice = choice.over(self._choice)  # noqa: SLF001 - our own; the setter restarts all sequences
        return view

    def end_overlay(self, view: "Session", choice: Choice) -> None:
        """Takes over how far the sequences of other services have moved."""
        with self.lock:
            self.steps.update(_of_others(view.steps, choice))

    def reset(self) -> None:
        """Resets everything but the choice and the stubs."""
        with self.lock:
            self.clock.alarms.clear()
            self.clock.reset()
            self.journal.clear()
            self.random.seed(self.seed)
            self.pace.seed(f"{self.seed} pace")
            self.state.clear()
            self.states.clear()
            self.expectations.clear()
            self.calls.clear()
            self.steps.clear()


def _of_others(steps: Mapping[str, int], choice: Choice) -> dict[str, int]:
    """The steps of services that the choice does not name; a key begins with its service."""
    return {key: step for key, step in steps.items() if not choice.touches(key.partition(" ")[0])}


class SessionRegistry:
    """The server's sessions by id. Opening one drops those that were unused for `ttl` seconds."""

    def __init__(self, *, ttl: float = 3600, limit: int = 10_000, now: Callable[[], float] = time.monotonic) -> None:
        self._ttl = ttl
        self._limit = limit
        self._now = now
        self._lock = RLock()
        self._sessions: dict[str, Session] = {}
        self._used: dict[str, float] = {}

    def get(self, id: str) -> Session:  # noqa: A002
        """The session; this counts as use. Raises KeyError if there is none or it has expired."""
        with self._lock:
            session = self.peek(id)
            self._used[id] = self._now()
            return session

    def peek(self, id: str) -> Session:  # noqa: A002
        """The session; this does not count as use. Raises KeyError."""
        with self._lock:
            if self._now() - self._used[id] >= self._ttl:
                self.close(id)
            return self._sessions[id]

    def open(self, id: str, choice: Choice = EMPTY, **options: Any) -> Session:  # noqa: A002
        """Opens a session and replaces one with the same id. `options` are those of Session."""
        with self._lock:
            self._drop_old()
            if id not in self._sessions and len(self._sessions) >= self._limit:
                raise MdtError(
                    _(
                        "{limit} sessions are open already. Close some, or raise the limit in mdt.yaml",
                        limit=self._limit,
                    )
                )
            self.close(id)
            self._sessions[id] = Session(id, choice, **options)
            self._used[id] = self._now()
            return self._sessions[id]

    def close(self, id: str) -> None:  # noqa: A002
        """Removes a session, if it is there."""
        with self._lock:
            if session := self._sessions.pop(id, None):
                session.clock.alarms.clear()
            self._used.pop(id, None)

    def ids(self) -> list[str]:
        with self._lock:
            return list(self._sessions)

    def _drop_old(self) -> None:
        border = self._now() - self._ttl
        for id_ in [id_ for id_, used in self._used.items() if used <= border]:
            self.close(id_)
