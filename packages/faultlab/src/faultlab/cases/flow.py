"""The steps of a case: all is well, the fault, healing, recovery, a snapshot, settling what is uncertain, another snapshot."""

import threading
import time
from collections.abc import Callable, Sequence

from faultlab.adapter import Operation
from faultlab.case_run import MEET, CaseRun
from faultlab.cases.faults import FAULTS
from faultlab.language import _
from faultlab.proxy import At, How, Rule
from faultlab.report_model import Request

FIRES = 15.0  # seconds in which the fault has to be set off
POLL = 0.005


def steady(run: CaseRun, operation: Operation) -> None:
    """Send one operation while all is well, so that connections are open and the service is known to work."""
    answer = run.send(operation, "steady")
    run.step(_("A request while all is well"), "ok", answer.outcome)


def in_pairs(operations: Sequence[Operation]) -> list[Operation]:
    """Each twice: whatever happens to one request happens to a twin at the same moment."""
    return [one for one in operations for _twin in range(2)]


class Meeting:
    """Holds connections at a statement until `count` of them are there, then lets all go on at once.

    So what meets is proved, and not left to the scheduler. They wait `seconds` at most. If `must`, it is an error when they
    have not met by then; else the meeting only widens the window in which they could.
    """

    def __init__(self, statement: str, count: int, *, seconds: float = 1.0, must: bool = True) -> None:
        self.statement, self.count, self.seconds, self.must = statement, count, seconds, must
        self._barrier = threading.Barrier(count)

    def rule(self) -> Rule:
        """What the proxy is armed with."""
        times = self.count if self.must else None
        return Rule(At.BEFORE, How.PASS, self.statement, times=times, then=self._wait, fault=MEET, moment="m2")

    def _wait(self) -> None:
        try:
            self._barrier.wait(self.seconds)
        except threading.BrokenBarrierError:
            if self.must:
                raise
            self._barrier.reset()


class Overtaking:
    """Holds the first connection at a statement until another one has passed it and committed, `seconds` at most.

    Where a lock is as it should be, nobody else gets that far, and the first goes on in the end. Without the lock it then
    writes what it has decided by what it read before.
    """

    def __init__(self, statement: str, *, seconds: float) -> None:
        self._statement, self._seconds = statement, seconds
        self._passed = threading.Event()

    def rules(self) -> list[Rule]:
        """What the proxy is armed with."""
        held, passed = self._passed.wait, self._passed.set
        return [
            Rule(At.BEFORE, How.PASS, self._statement, then=lambda: held(self._seconds), fault=MEET, moment="m2"),
            Rule(At.AFTER, How.PASS, "COMMIT", after_write=self._statement, then=passed, fault=MEET, moment="m2"),
        ]


def wait_fired(run: CaseRun, done: Callable[[], bool]) -> None:
    """Wait until the fault has fired, or all requests are answered."""
    until = time.monotonic() + FIRES
    while not run.firings() and not done() and time.monotonic() < until:
        time.sleep(POLL)


def through(
    run: CaseRun,
    targets: Sequence[Operation],
    arm: Callable[[], None],
    mend: Callable[[], None],
    seconds: float | None,
) -> list[Request]:
    """Arm the fault, send the requests for `targets`, and heal after `seconds`, or once all are answered (None)."""
    arm()
    sending = run.sending(targets)
    wait_fired(run, sending.done)
    if seconds is None:
        sending.answers()
    else:
        time.sleep(seconds)
    mend()
    run.heal()
    return sending.answers()


def struck(run: CaseRun, targets: Sequence[Operation]) -> list[Request]:
    """`through` with the fault and the moment of the case's spec."""
    name, moment = run.spec.fault, run.spec.moment
    fault = FAULTS[name]
    return through(
        run,
        targets,
        lambda: fault.injection.arm(run, name, moment),
        lambda: fault.injection.mend(run),
        fault.seconds,
    )


def aftermath(run: CaseRun, recovery: Operation) -> None:
    """Wait for recovery, read the database, settle what is uncertain, and read it again."""
    run.recover(recovery)
    run.look("healed")
    run.settle()
    run.look("settled")
