"""Runs cases: in parallel if they need only the proxy, one by one if they affect the database server."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import SimpleQueue
from time import monotonic

from testdb import Database, Kind, NotOursError, open_database

from faultlab.adapter import Adapter
from faultlab.case_record import ended, not_run
from faultlab.case_requests import RunInterruptedError
from faultlab.case_run import CaseRun, Spec
from faultlab.checker import judged, summary
from faultlab.environment import environment
from faultlab.language import Message, _
from faultlab.report_model import SCHEMA_VERSION, Case, Report, Run
from faultlab.testbed import Testbed, open_testbed

Tell = Callable[[Case], None]


@dataclass(frozen=True)
class RunRequest:
    """The adapter, the database and the options of a run."""

    adapter: Adapter
    kind: Kind
    provider: str | None
    seed: int
    testbeds: int = 2
    slack: float = 1.0


class Laboratory:
    """`run(specs)` returns a judged case for each spec, in the same order. Setting `stop` interrupts the run."""

    def __init__(self, wanted: RunRequest, database: Database, testbeds: Sequence[Testbed]) -> None:
        self.wanted, self.database, self.testbeds = wanted, database, testbeds
        self.stop = threading.Event()
        self._began = monotonic()
        self._started = datetime.now(UTC)

    def run(self, specs: Sequence[Spec], tell: Tell = lambda _: None) -> list[Case]:
        """Run the cases, and call `tell` with each as it ends."""
        aside = [spec for spec in specs if not (spec.alone or spec.control)]
        done = self._side_by_side(aside, tell)
        for spec in specs:
            if spec.id not in done:
                done[spec.id] = self._one(spec, self.testbeds[0])
                tell(done[spec.id])
        return [done[spec.id] for spec in specs]

    def _side_by_side(self, specs: Sequence[Spec], tell: Tell) -> dict[str, Case]:
        free: SimpleQueue[Testbed] = SimpleQueue()
        for testbed in self.testbeds:
            free.put(testbed)

        def one(spec: Spec) -> Case:
            testbed = free.get()
            try:
                case = self._one(spec, testbed)
            finally:
                free.put(testbed)
            tell(case)
            return case

        with ThreadPoolExecutor(len(self.testbeds)) as threads:
            try:
                return {case.id: case for case in threads.map(one, specs)}
            except BaseException:
                self.stop.set()  # or the pool would run every case that is queued
                raise

    def _one(self, spec: Spec, testbed: Testbed) -> Case:
        seed = self.wanted.seed
        if self.stop.is_set():
            return not_run(spec, seed, INTERRUPTED)
        if spec.control and self.database.control is None:
            return not_run(spec, seed, _("the database's server is not the laboratory's to kill or to freeze"))
        try:
            run = CaseRun(spec, testbed, seed, self.stop)
        except Exception as error:  # noqa: BLE001 - the other cases go on
            return not_run(spec, seed, _broke_off(error)).model_copy(update={"status": "failed"})
        return judged(self._case(run), slack=self.wanted.slack)

    def _case(self, run: CaseRun) -> Case:
        """Run the case; its record, with the reason if it ended early."""
        try:
            with run:
                run.spec.run(run)
        except NotOursError as reason:
            return ended(run, "not_run", reason)
        except RunInterruptedError:
            return ended(run, "not_run", INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - the other cases go on
            self._restore(run.spec)
            return ended(run, "failed", _broke_off(error))
        return run.case()

    def _restore(self, spec: Spec) -> None:
        """Repair the server after a case that broke off, in case it was harmed without a `FaultCycle`."""
        control = self.database.control
        if control is None or not (spec.control or spec.alone):
            return
        with suppress(Exception):
            control.resume()
            control.start()
            control.wait_ready()
            self.database.read_only(False)

    def report(self, cases: Sequence[Case]) -> Report:
        """The report of these cases."""
        now = self._started
        return Report(
            schema_version=SCHEMA_VERSION,
            run=Run(
                id=f"{now:%Y%m%d-%H%M%S}-{self.wanted.seed}",
                seed=self.wanted.seed,
                started=now.isoformat(timespec="seconds"),
                duration_s=round(monotonic() - self._began, 1),
                slack=self.wanted.slack,
                interrupted=self.stop.is_set(),
            ),
            environment=environment(self.wanted.adapter, self.database),
            cases=list(cases),
            summary=summary(cases, interrupted=self.stop.is_set()),
        )


@contextmanager
def open_laboratory(wanted: RunRequest, say: Callable[[str], None]) -> Iterator[Laboratory]:
    """A database server with testbeds; both are removed at the end."""
    with ExitStack() as stack:
        database = stack.enter_context(open_database(wanted.kind, wanted.provider, say=say))
        others = [database.other_database(f"faultlab_{number}") for number in range(1, wanted.testbeds)]
        testbeds = [stack.enter_context(open_testbed(wanted.adapter, own)) for own in (database, *others)]
        yield Laboratory(wanted, database, testbeds)


INTERRUPTED = _("the run was interrupted before this case was over")


def _broke_off(error: Exception) -> Message:
    return _("the case broke off: {kind}: {reason}", kind=type(error).__name__, reason=error)


def new_seed() -> int:
    return random.SystemRandom().randrange(1, 1_000_000)
