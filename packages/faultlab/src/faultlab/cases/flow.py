"""How a case goes: all is well, the fault, its end, recovery, the books, what was uncertain sent again, the books once more."""

import time
from collections.abc import Callable, Sequence

from faultlab.adapter import Operation
from faultlab.cases.faults import FAULTS
from faultlab.record import Request
from faultlab.trial import Trial

FIRES = 15.0  # seconds in which the fault has to be set off
POLL = 0.005


def steady(trial: Trial, operation: Operation) -> None:
    """One operation while all is well: the connections are warm, and the case has a ground to stand on."""
    answer = trial.send(operation, "steady")
    trial.step("A request while all is well", "一切正常时的请求", "ok", answer.outcome)


def wait_fired(trial: Trial, done: Callable[[], bool]) -> None:
    """Until the fault has been set off, or nobody is left who could."""
    until = time.monotonic() + FIRES
    while not trial.firings() and not done() and time.monotonic() < until:
        time.sleep(POLL)


def through(
    trial: Trial,
    targets: Sequence[Operation],
    arm: Callable[[], None],
    mend: Callable[[], None],
    seconds: float | None,
) -> list[Request]:
    """Set the fault off under the requests for `targets`, and heal it after `seconds`, or when all are answered."""
    arm()
    sending = trial.sending(targets)
    wait_fired(trial, sending.done)
    if seconds is None:
        sending.answers()
    else:
        time.sleep(seconds)
    mend()
    trial.heal()
    return sending.answers()


def struck(trial: Trial, targets: Sequence[Operation]) -> list[Request]:
    """`through` with the fault and the moment that the case names."""
    name, moment = trial.spec.fault, trial.spec.moment
    fault = FAULTS[name]
    return through(
        trial,
        targets,
        lambda: fault.injection.arm(trial, name, moment),
        lambda: fault.injection.mend(trial),
        fault.seconds,
    )


def aftermath(trial: Trial, recovery: Operation) -> None:
    """It works again, nothing is half there, and what is sent again comes to one end."""
    trial.recover(recovery)
    trial.look("healed")
    trial.settle()
    trial.look("settled")
