"""Random faults for minutes under load; then everything is healed, settled and counted."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from mdt.faults.adapter import Operation
from mdt.faults.cases import flow
from mdt.faults.cases.injections import control_of
from mdt.faults.cases.moments import POINTS, rule
from mdt.faults.proxy import How
from mdt.faults.record import Text
from mdt.faults.trial import Spec, Trial

CHUNK = 500  # operations that are made ready at a time
LOW = 250  # of them left: time to make more
CALM = (0.3, 2.0)  # seconds between two faults
PATIENCE = 6  # tries of one operation by its client before it goes on to the next
PAUSE = 0.1  # seconds between two tries
WIRE: Sequence[How] = (How.RESET, How.FIN, How.CUT, How.STALL)
MOMENTS = tuple(POINTS)


@dataclass(frozen=True)
class Blow:
    """One of the things that go wrong: what it is called, and what it does."""

    name: str
    weight: int
    strike: Callable[[Trial], None]
    control: bool = False


def spec(minutes: float, clients: int) -> Spec:
    """A run of so many minutes."""
    return Spec(
        id="CHAOS",
        title=Text(en=f"Random faults for {minutes:g} min", zh=f"{minutes:g} 分钟的随机故障"),
        run=lambda trial: _run(trial, minutes * 60),
        priority="P0",
        fault="chaos",
        moment="",
        clients=clients,
        alone=True,
        planned=(5, None),
    )


def _run(trial: Trial, seconds: float) -> None:
    first, last = trial.prepare(2)
    flow.steady(trial, first)
    load = Load(trial)
    load.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(trial.random.uniform(*CALM))
        _one_blow(trial)
    load.stop()
    trial.heal()
    flow.aftermath(trial, last)
    acked = len({one.operation for one in trial.notes.requests if one.outcome == "ok"})
    trial.step("Acknowledged operations", "已确认的操作数", "many", acked, ok=acked > 0)


def _one_blow(trial: Trial) -> None:
    possible = [blow for blow in BLOWS if trial.controlled or not blow.control]
    (blow,) = trial.random.choices(possible, [one.weight for one in possible])
    blow.strike(trial)
    trial.heal()


def _wire(trial: Trial) -> None:
    """One to four connections break or stall, each at the same random moment."""
    how, moment = trial.random.choice(WIRE), trial.random.choice([name for name in MOMENTS if name not in ("m6", "m8")])
    times = trial.random.randint(1, 4)
    trial.lane.proxy.arm(
        rule(trial.lane.adapter, moment, how, fault=how.value, times=times, count=5 if how is How.CUT else 0)
    )
    time.sleep(trial.random.uniform(0.2, 1.0))


def _late(trial: Trial) -> None:
    seconds = trial.random.uniform(0.2, 3.0)
    trial.lane.proxy.arm(rule(trial.lane.adapter, "m6", How.HOLD, fault="late", times=2, seconds=seconds))
    time.sleep(seconds)


def _cut_all(trial: Trial) -> None:
    trial.lane.proxy.strike(trial.random.choice((How.RESET, How.FIN)), fault="cut-all", moment="m1")


def _refuse(trial: Trial) -> None:
    trial.lane.proxy.refuse()
    trial.fired("refuse", "m1")
    time.sleep(trial.random.uniform(0.1, 2.5))


def _kill(trial: Trial) -> None:
    control = control_of(trial)
    control.kill()
    trial.fired("kill", "m1", "any moment")
    time.sleep(trial.random.uniform(0.0, 1.0))
    control.start()
    control.wait_ready()


def _freeze(trial: Trial) -> None:
    control = control_of(trial)
    control.pause()
    trial.fired("freeze", "m1", "any moment")
    time.sleep(trial.random.uniform(0.2, 4.0))
    control.resume()


BLOWS = (
    Blow("wire", 8, _wire),
    Blow("late", 2, _late),
    Blow("cut-all", 3, _cut_all),
    Blow("refuse", 2, _refuse),
    Blow("kill", 1, _kill, control=True),
    Blow("freeze", 1, _freeze, control=True),
)


class Load:
    """Clients that each take one operation after the other, and try it again a few times as a real client does."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._ready: SimpleQueue[Operation] = SimpleQueue()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._client, args=[number]) for number in range(trial.spec.clients)]
        self._filler = threading.Thread(target=self._fill)
        self._make()

    def start(self) -> None:
        for thread in (*self._threads, self._filler):
            thread.start()

    def stop(self) -> None:
        """No operation is begun any more; those that have begun are finished."""
        self._stop.set()
        for thread in (*self._threads, self._filler):
            thread.join()

    def _make(self) -> None:
        for operation in self._trial.prepare(CHUNK):
            self._ready.put(operation)

    def _fill(self) -> None:
        """Whatever makes operations needs the database too: it waits while that is away."""
        while not self._stop.wait(PAUSE):
            if self._ready.qsize() < LOW:
                try:
                    self._make()
                except Exception:  # noqa: BLE001, S112 - whatever a service's preparation meets in an outage
                    continue

    def _client(self, number: int) -> None:
        client = self._trial.client()
        while not self._stop.is_set():
            try:
                operation = self._ready.get(timeout=PAUSE)
            except Empty:
                continue
            for _ in range(PATIENCE):
                if self._trial.send(operation, "fault", client, number).outcome == "ok":
                    break
                time.sleep(PAUSE)
        client.close()
