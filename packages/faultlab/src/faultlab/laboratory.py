"""Runs cases: those that only need the proxy side by side in several lanes, those that touch the database's server alone."""

import os
import platform
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from queue import SimpleQueue
from time import monotonic

from testdb import Database, Kind, NotOursError, open_database

from faultlab import checker
from faultlab.adapter import Adapter
from faultlab.lane import Lane, open_lane
from faultlab.record import SCHEMA_VERSION, Case, Environment, Report, Run
from faultlab.report import summary
from faultlab.trial import Spec, Trial

LIBRARIES = ("sqlalchemy", "pymysql", "psycopg", "flask")
Tell = Callable[[Case], None]


@dataclass(frozen=True)
class Wanted:
    """What is to be run on what."""

    adapter: Adapter
    kind: Kind
    way: str | None
    seed: int
    lanes: int = 2
    slack: float = 1.0


class Laboratory:
    """`run(specs)` gives a judged case for each of them, in their order."""

    def __init__(self, wanted: Wanted, database: Database, lanes: Sequence[Lane]) -> None:
        self.wanted, self.database, self.lanes = wanted, database, lanes
        self._began = monotonic()
        self._started = datetime.now(UTC)

    def run(self, specs: Sequence[Spec], tell: Tell = lambda _: None) -> list[Case]:
        """Run them; `tell` hears of each as it ends."""
        aside = [spec for spec in specs if not (spec.alone or spec.control)]
        done = self._side_by_side(aside, tell)
        for spec in specs:
            if spec.id not in done:
                done[spec.id] = self._one(spec, self.lanes[0])
                tell(done[spec.id])
        return [done[spec.id] for spec in specs]

    def _side_by_side(self, specs: Sequence[Spec], tell: Tell) -> dict[str, Case]:
        free: SimpleQueue[Lane] = SimpleQueue()
        for lane in self.lanes:
            free.put(lane)

        def one(spec: Spec) -> Case:
            lane = free.get()
            try:
                case = self._one(spec, lane)
            finally:
                free.put(lane)
            tell(case)
            return case

        with ThreadPoolExecutor(len(self.lanes)) as threads:
            return {case.id: case for case in threads.map(one, specs)}

    def _one(self, spec: Spec, lane: Lane) -> Case:
        if spec.control and self.database.control is None:
            return not_run(spec, self.wanted.seed, "the database's server is not the laboratory's to kill or to freeze")
        try:
            case = self._ran(spec, lane)
        except NotOursError as reason:
            return not_run(spec, self.wanted.seed, str(reason))
        except Exception as error:  # noqa: BLE001 - one case that breaks off says so, and the others go on
            self._restore(spec)
            why = f"the case broke off: {type(error).__name__}: {error}"
            return not_run(spec, self.wanted.seed, why).model_copy(update={"status": "failed"})
        finally:
            lane.proxy.heal()
        return checker.judged(case, slack=self.wanted.slack)

    def _ran(self, spec: Spec, lane: Lane) -> Case:
        trial = Trial(spec, lane, self.wanted.seed)
        spec.run(trial)
        return trial.case()

    def _restore(self, spec: Spec) -> None:
        """What a case that broke off may have left: a server that is frozen, dead or read-only."""
        control = self.database.control
        if control is None or not (spec.control or spec.alone):
            return
        with suppress(Exception):
            control.resume()
            control.start()
            control.wait_ready()
            self.database.read_only(False)

    def report(self, cases: Sequence[Case]) -> Report:
        """Everything about the run."""
        now = self._started
        return Report(
            schema_version=SCHEMA_VERSION,
            run=Run(
                id=f"{now:%Y%m%d-%H%M%S}-{self.wanted.seed}",
                seed=self.wanted.seed,
                started=now.isoformat(timespec="seconds"),
                duration_s=round(monotonic() - self._began, 1),
                slack=self.wanted.slack,
            ),
            environment=self._environment(),
            cases=list(cases),
            summary=summary(cases),
        )

    def _environment(self) -> Environment:
        adapter = self.wanted.adapter
        settings = {
            f"{name}: {key}": value
            for name, profile in adapter.profiles.items()
            for key, value in {**profile.settings, "answer within": f"{profile.budget} s"}.items()
        }
        return Environment(
            database=self.database.kind,
            version=self.database.version,
            way=self.database.way,
            service=adapter.name,
            settings=settings,
            versions={"python": platform.python_version()} | _versions(),
            cores=os.cpu_count() or 1,
        )


@contextmanager
def open_laboratory(wanted: Wanted, say: Callable[[str], None]) -> Iterator[Laboratory]:
    """A database server, and lanes on it; nothing is left of either at the end."""
    with ExitStack() as stack:
        database = stack.enter_context(open_database(wanted.kind, wanted.way, say=say))
        others = [database.other_database(f"faultlab_{number}") for number in range(1, wanted.lanes)]
        lanes = [stack.enter_context(open_lane(wanted.adapter, own)) for own in (database, *others)]
        yield Laboratory(wanted, database, lanes)


def not_run(spec: Spec, seed: int, reason: str) -> Case:
    """A case that cannot be run here, with the reason."""
    return Case(
        id=spec.id,
        title=spec.title,
        kind=spec.kind,
        priority=spec.priority,
        fault=spec.fault,
        moment=spec.moment,
        clients=spec.clients,
        seed=seed,
        budget=0,
        status="not_run",
        reason=reason,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        duration_ms=0,
    )


def new_seed() -> int:
    return random.SystemRandom().randrange(1, 1_000_000)


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
