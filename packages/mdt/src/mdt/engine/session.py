"""A session holds everything that one test can change: choice, state, journal, clock, random numbers, counters."""

import copy
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any

from mdt.engine.choice import EMPTY, Choice
from mdt.engine.clock import Clock
from mdt.engine.expectations import Expectation
from mdt.engine.journal import LIMIT, Journal
from mdt.engine.stubs import Stubs
from mdt.errors import MdtError
from mdt.language import _

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
