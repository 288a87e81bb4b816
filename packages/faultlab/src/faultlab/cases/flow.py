"""The steps of a case: all is well, the fault, recovery, a snapshot, settling what is uncertain, another snapshot."""

import threading
from collections.abc import Sequence

from faultlab.adapter import Operation
from faultlab.case_run import MEET, CaseRun
from faultlab.cases.faults import FAULTS
from faultlab.fault_cycle import FaultCycle
from faultlab.language import _
from faultlab.proxy import At, How, Rule
from faultlab.report_model import Request


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


def through(run: CaseRun, fault: FaultCycle, targets: Sequence[Operation], seconds: float | None) -> list[Request]:
    """Inject the fault, send the requests for `targets`, and recover `seconds` after it, or once all are answered (None)."""
    fault.inject()
    sending = run.sending(targets)
    fault.wait_seen(sending.done)
    if seconds is None:
        sending.answers()
    else:
        run.pause(seconds)
    fault.recover()
    return sending.answers()


def struck(run: CaseRun, targets: Sequence[Operation]) -> list[Request]:
    """`through` with the fault and the moment of the case's spec."""
    name, moment = run.spec.fault, run.spec.moment
    injection = FAULTS[name].injection
    fault = run.fault(
        inject=lambda: injection.inject(run, name, moment),
        recover=lambda: injection.recover(run),
        set_up=lambda: injection.set_up(run, moment),
    )
    return through(run, fault, targets, FAULTS[name].seconds)


def aftermath(run: CaseRun, last: Operation) -> None:
    """Wait for recovery by sending `last`, read the database, settle what is uncertain, and read it again."""
    run.wait_recovered(last)
    run.look("healed")
    run.settle()
    run.look("settled")
