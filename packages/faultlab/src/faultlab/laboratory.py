"""Runs cases: side by side in several testbeds if they only need the proxy, one by one if they touch the database's server."""

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

from faultlab.adapter import Adapter
from faultlab.case_run import CaseRun, Spec
from faultlab.checker import judged, summary
from faultlab.language import _
from faultlab.report_model import SCHEMA_VERSION, Case, Environment, Report, Run, Text
from faultlab.testbed import Testbed, open_testbed

LIBRARIES = ("sqlalchemy", "pymysql", "psycopg", "flask")
Tell = Callable[[Case], None]


@dataclass(frozen=True)
class RunRequest:
    """What to run, and on which database."""

    adapter: Adapter
    kind: Kind
    provider: str | None
    seed: int
    testbeds: int = 2
    slack: float = 1.0


class Laboratory:
    """`run(specs)` gives a judged case for each spec, in the same order."""

    def __init__(self, wanted: RunRequest, database: Database, testbeds: Sequence[Testbed]) -> None:
        self.wanted, self.database, self.testbeds = wanted, database, testbeds
        self._began = monotonic()
        self._started = datetime.now(UTC)

    def run(self, specs: Sequence[Spec], tell: Tell = lambda _: None) -> list[Case]:
        """Run them; `tell` is called with each case as it ends."""
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
            return {case.id: case for case in threads.map(one, specs)}

    def _one(self, spec: Spec, testbed: Testbed) -> Case:
        if spec.control and self.database.control is None:
            return not_run(
                spec, self.wanted.seed, _("the database's server is not the laboratory's to kill or to freeze")
            )
        try:
            case = self._ran(spec, testbed)
        except NotOursError as reason:
            return not_run(spec, self.wanted.seed, reason)
        except Exception as error:  # noqa: BLE001 - one case that breaks off says so, and the others go on
            self._restore(spec)
            why = _("the case broke off: {kind}: {reason}", kind=type(error).__name__, reason=error)
            return not_run(spec, self.wanted.seed, why).model_copy(update={"status": "failed"})
        finally:
            testbed.proxy.heal()
        return judged(case, slack=self.wanted.slack)

    def _ran(self, spec: Spec, testbed: Testbed) -> Case:
        run = CaseRun(spec, testbed, self.wanted.seed)
        spec.run(run)
        return run.case()

    def _restore(self, spec: Spec) -> None:
        """Repair the server after a case that broke off: it may be frozen, dead or read-only."""
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
            way=self.database.provider,
            service=adapter.name,
            settings=settings,
            versions={"python": platform.python_version()} | _versions(),
            cores=os.cpu_count() or 1,
        )


@contextmanager
def open_laboratory(wanted: RunRequest, say: Callable[[str], None]) -> Iterator[Laboratory]:
    """A database server with testbeds on it; both are removed at the end."""
    with ExitStack() as stack:
        database = stack.enter_context(open_database(wanted.kind, wanted.provider, say=say))
        others = [database.other_database(f"faultlab_{number}") for number in range(1, wanted.testbeds)]
        testbeds = [stack.enter_context(open_testbed(wanted.adapter, own)) for own in (database, *others)]
        yield Laboratory(wanted, database, testbeds)


def not_run(spec: Spec, seed: int, reason: object) -> Case:
    """A case that cannot be run here, with the reason: a message, or an error that carries one."""
    why = Text.of(reason)
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
        reason=why.en,
        reason_zh=why.zh,
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
