"""FT-002: one operation is interrupted at each moment, for one client and for identical requests."""

from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.faults import FAULTS
from faultlab.cases.moments import MOMENTS
from faultlab.language import _
from faultlab.report_model import Text

SINGLE = "single"  # an optional profile of adapters: no retries
INTERRUPTIONS = (  # letter, fault, moment, identical requests; the first row is the plan's
    ("", "kill", "m3", 1),
    ("a", "reset", "m2", 1),
    ("b", "reset", "m3", 1),
    ("c", "reset", "m4", 1),
    ("d", "reset", "m5", 1),
    ("e", "later", "m6", 1),
    ("f", "reset", "m7", 1),
    ("g", "stall", "m5", 1),
    ("h", "freeze", "m4", 1),
    ("i", "gone", "m5", 1),
    ("j", "reset", "m3", 4),
    ("k", "reset", "m5", 4),
)


def _interruption(letter: str, fault: str, moment: str, clients: int) -> Spec:
    """One operation of the deployed service is interrupted; several `clients` send identical requests."""
    what, where = FAULTS[fault], MOMENTS[moment]
    return Spec(
        id=f"FT-002{letter}",
        title=Text.of(
            _("Interrupted: {fault}, {moment}", fault=what.title, moment=where)
            if clients == 1
            else _("Twins interrupted: {fault}, {moment}", fault=what.title, moment=where)
        ),
        run=_interrupted,
        priority="P0",
        fault=fault,
        moment=moment,
        clients=clients,
        overlap=2 if clients > 1 else 0,
        profile="deployed",
        control=what.control,
        planned=(1, 1 if clients == 1 else None),
    )


def _interrupted(run: CaseRun) -> None:
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    flow.struck(run, [target] * run.spec.clients)
    flow.aftermath(run, last)


def _fails_cleanly(run: CaseRun) -> None:
    """Without retries the request is refused and nothing is stored."""
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    (answer,) = flow.struck(run, [target])
    run.step(_("It fails cleanly"), (503, "fail"), (answer.status, answer.outcome))
    flow.aftermath(run, last)


def _rides_out(run: CaseRun) -> None:
    """With retries the client notices nothing, if the service is patient."""
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    (answer,) = flow.struck(run, [target])
    if run.testbed.adapter.patient:
        run.step(_("It rides the interruption out"), "ok", answer.outcome)
    flow.aftermath(run, last)


READINGS = (  # the two readings of FT-002: what the client is told
    Spec(
        "FT-002l",
        Text.of(_("Retries off: an interrupted request fails cleanly")),
        _fails_cleanly,
        priority="P0",
        fault="reset",
        moment="m3",
        profile=SINGLE,
        planned=(1, 1),
    ),
    Spec(
        "FT-002m",
        Text.of(_("Retries on: an interrupted request is ridden out")),
        _rides_out,
        priority="P0",
        fault="reset",
        moment="m3",
        profile="deployed",
        planned=(1, 1),
    ),
)


SPECS = (*(_interruption(*one) for one in INTERRUPTIONS), *READINGS)
