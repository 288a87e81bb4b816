"""The chaos run: random faults under load for minutes, then the usual checks."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Self

from faultlab.adapter import Operation
from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.moments import POINTS, rule
from faultlab.cases.outages import database_away, database_frozen, way_closed
from faultlab.clients import Client
from faultlab.fault_cycle import FaultCycle
from faultlab.language import _
from faultlab.proxy import At, How
from faultlab.report_model import Text

CHUNK = 500  # operations prepared at a time
LOW = 250  # operations left at which more are prepared
CALM = (0.3, 2.0)  # seconds between two faults
PATIENCE = 6  # tries of one operation
PAUSE = 0.1  # seconds between two tries
WIRE: Sequence[How] = (How.RESET, How.FIN, How.CUT, How.STALL)
MOMENTS = tuple(name for name in POINTS if name not in ("m6", "m8"))  # m6 is the fault `late`; m8 needs repeats
FAULTS_A_MINUTE = 4  # at least


@dataclass(frozen=True)
class ChaosFault:
    """A fault of the chaos run. `make` returns it and the seconds that it lasts; `weight` is its relative frequency."""

    name: str
    weight: int
    make: Callable[[CaseRun], tuple[FaultCycle, float]]
    control: bool = False


def spec(minutes: float, clients: int) -> Spec:
    """The spec of a chaos run."""
    return Spec(
        id="CHAOS",
        title=Text.of(_("Random faults for {minutes:g} min", minutes=minutes)),
        run=lambda run: _run(run, minutes * 60),
        priority="P0",
        fault="chaos",
        moment="",
        clients=clients,
        overlap=2 if clients > 1 else 0,
        alone=True,
        planned=(max(1, int(minutes * FAULTS_A_MINUTE)), None),
    )


def _run(run: CaseRun, seconds: float) -> None:
    first, last = run.prepare(2)
    flow.steady(run, first)
    with Load(run):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            run.pause(run.random.uniform(*CALM))
            _one_fault(run)
    flow.aftermath(run, last)
    acked = len({one.operation for one in run.notes.requests if one.outcome == "ok"})
    run.step(_("Acknowledged operations"), "at least 1", acked, ok=acked > 0)


def _one_fault(run: CaseRun) -> None:
    possible = [fault for fault in CHAOS_FAULTS if run.controlled or not fault.control]
    (chosen,) = run.random.choices(possible, [one.weight for one in possible])
    fault, seconds = chosen.make(run)
    fault.inject()
    fault.wait_seen(seconds=seconds)
    run.pause(seconds)
    fault.recover()


def _wire(run: CaseRun) -> tuple[FaultCycle, float]:
    """One to four connections break or stall at a random moment."""
    moment = run.random.choice(MOMENTS)
    how = run.random.choice([how for how in WIRE if how is not How.CUT or POINTS[moment].at is not At.AFTER])
    times = run.random.randint(1, 4)
    count = 5 if how is How.CUT else 0
    armed = rule(run.testbed.adapter, moment, how, fault=how.value, times=times, count=count)
    return run.fault(lambda: run.testbed.proxy.arm(armed)), run.random.uniform(0.2, 1.0)


def _late(run: CaseRun) -> tuple[FaultCycle, float]:
    seconds = run.random.uniform(0.2, 3.0)
    armed = rule(run.testbed.adapter, "m6", How.HOLD, fault="late", times=2, seconds=seconds)
    return run.fault(lambda: run.testbed.proxy.arm(armed)), seconds


def _cut_all(run: CaseRun) -> tuple[FaultCycle, float]:
    how = run.random.choice((How.RESET, How.FIN))

    def cut() -> None:
        run.testbed.proxy.strike(how, fault="cut-all", moment="m1")

    return run.fault(cut), 0.0


def _refuse(run: CaseRun) -> tuple[FaultCycle, float]:
    return way_closed(run), run.random.uniform(0.1, 2.5)


def _kill(run: CaseRun) -> tuple[FaultCycle, float]:
    return database_away(run), run.random.uniform(0.0, 1.0)


def _freeze(run: CaseRun) -> tuple[FaultCycle, float]:
    return database_frozen(run), run.random.uniform(0.2, 4.0)


CHAOS_FAULTS = (
    ChaosFault("wire", 8, _wire),
    ChaosFault("late", 2, _late),
    ChaosFault("cut-all", 3, _cut_all),
    ChaosFault("refuse", 2, _refuse),
    ChaosFault("kill", 1, _kill, control=True),
    ChaosFault("freeze", 1, _freeze, control=True),
)


class Load:
    """Clients that send one operation after the other and retry each a few times."""

    def __init__(self, run: CaseRun) -> None:
        self._run = run
        self._ready: SimpleQueue[Operation] = SimpleQueue()
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(run.spec.clients + 1)
        self._working: list[Future[None]] = []
        self._make()

    def __enter__(self) -> Self:
        self._working = [self._pool.submit(self._client, number) for number in range(self._run.spec.clients)]
        self._working.append(self._pool.submit(self._fill))
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the clients after their current operation. Raises the error of a client that broke off."""
        self._stop.set()
        self._pool.shutdown()
        for one in self._working:
            one.result()

    def _make(self) -> None:
        for operation in self._run.prepare(CHUNK):
            self._ready.put(operation)

    def _fill(self) -> None:
        """Prepare more operations in time; during an outage try again."""
        while not self._stop.wait(PAUSE):
            if self._ready.qsize() < LOW:
                with suppress(Exception):  # any error of the adapter during an outage
                    self._make()

    def _client(self, number: int) -> None:
        with closing(self._run.client()) as client:
            while not self._stop.is_set():
                with suppress(Empty):
                    self._until_ok(self._ready.get(timeout=PAUSE), client, number)

    def _until_ok(self, operation: Operation, client: Client, number: int) -> None:
        for _try in range(PATIENCE):
            if self._run.send(operation, "fault", client, number).outcome == "ok":
                break
            self._run.pause(PAUSE)
