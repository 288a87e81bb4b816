"""The steps that cases share: steady state, fault, recovery, snapshot, repeats, snapshot; and ways to make requests overlap."""

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
    """Execute one operation before the fault, which opens connections and proves that the service works."""
    answer = run.send(operation, "steady")
    run.step(_("A request while all is well"), "ok", answer.outcome)


def in_pairs(operations: Sequence[Operation]) -> list[Operation]:
    """Each operation twice, so that every request has an identical twin."""
    return [one for one in operations for _twin in range(2)]


class Meeting:
    """A barrier at a statement: connections wait until `count` of them are there, for `seconds` at most.

    It proves an overlap that the scheduler might not produce. If `must`, too few connections are an error; otherwise the
    barrier only widens the race window.
    """

    def __init__(self, statement: str, count: int, *, seconds: float = 1.0, must: bool = True) -> None:
        self.statement, self.count, self.seconds, self.must = statement, count, seconds, must
        self._barrier = threading.Barrier(count)

    def rule(self) -> Rule:
        """The rules for the proxy."""
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
    """Holds the first connection at a statement until another one has committed after it, for `seconds` at most.

    With a correct lock no other connection gets that far. Without it, the first one then writes by what it read before: a lost
    update.
    """

    def __init__(self, statement: str, *, seconds: float) -> None:
        self._statement, self._seconds = statement, seconds
        self._passed = threading.Event()

    def rules(self) -> list[Rule]:
        """The rules for the proxy."""
        held, passed = self._passed.wait, self._passed.set
        return [
            Rule(At.BEFORE, How.PASS, self._statement, then=lambda: held(self._seconds), fault=MEET, moment="m2"),
            Rule(At.AFTER, How.PASS, "COMMIT", after_write=self._statement, then=passed, fault=MEET, moment="m2"),
        ]


def through(run: CaseRun, fault: FaultCycle, targets: Sequence[Operation], seconds: float | None) -> list[Request]:
    """Inject the fault, send requests for `targets`, and recover after `seconds` (None: once all are answered)."""
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
    """`through` with the fault and moment of the case's spec."""
    name, moment = run.spec.fault, run.spec.moment
    injection = FAULTS[name].injection
    fault = run.fault(
        inject=lambda: injection.inject(run, name, moment),
        recover=lambda: injection.recover(run),
        set_up=lambda: injection.set_up(run, moment),
    )
    return through(run, fault, targets, FAULTS[name].seconds)


def aftermath(run: CaseRun, last: Operation) -> None:
    """Wait for recovery by sending `last`; snapshot; repeat what is uncertain; snapshot."""
    run.wait_recovered(last)
    run.look("healed")
    run.settle()
    run.look("settled")
