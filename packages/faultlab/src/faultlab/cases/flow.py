"""The steps of a case: all is well, the fault, healing, recovery, a snapshot, settling what is uncertain, another snapshot."""

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
    """Send one operation while all is well, so that connections are open and the service is known to work."""
    answer = run.send(operation, "steady")
    run.step(_("A request while all is well"), "ok", answer.outcome)


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
