"""How a case goes: all is well, the fault, its end, recovery, the books, what was uncertain sent again, the books once more."""

import time
from collections.abc import Callable, Sequence

from faultlab.adapter import Operation
from faultlab.case_run import CaseRun
from faultlab.cases.faults import FAULTS
from faultlab.language import _
from faultlab.report_model import Request

FIRES = 15.0  # seconds in which the fault has to be set off
POLL = 0.005


def steady(run: CaseRun, operation: Operation) -> None:
    """One operation while all is well: the connections are warm, and the case has a ground to stand on."""
    answer = run.send(operation, "steady")
    run.step(_("A request while all is well"), "ok", answer.outcome)


def wait_fired(run: CaseRun, done: Callable[[], bool]) -> None:
    """Until the fault has been set off, or nobody is left who could."""
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
    """Set the fault off under the requests for `targets`, and heal it after `seconds`, or when all are answered."""
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
    """`through` with the fault and the moment that the case names."""
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
    """It works again, nothing is half there, and what is sent again comes to one end."""
    run.recover(recovery)
    run.look("healed")
    run.settle()
    run.look("settled")
