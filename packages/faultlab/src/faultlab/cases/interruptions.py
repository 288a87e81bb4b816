"""FT-002: the database is interrupted during one operation, at every moment, for one client and for twins."""

from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.faults import FAULTS
from faultlab.cases.moments import MOMENTS
from faultlab.language import _
from faultlab.report_model import Text

SINGLE = "single"  # a profile that an adapter may have: the service does not try again
INTERRUPTIONS = (  # FT-002: letter, fault, moment, how many ask for the same; the first is the plan's own
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
    """The database is interrupted during one operation, as the service is deployed; more `clients` than one are twins."""
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
    """Without retries: the request is refused, nothing of it is stored, and it works again afterwards."""
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    (answer,) = flow.struck(run, [target])
    run.step(_("It fails cleanly"), (503, "fail"), (answer.status, answer.outcome))
    flow.aftermath(run, last)


def _rides_out(run: CaseRun) -> None:
    """With retries: whoever asks notices nothing, if the service is patient."""
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    (answer,) = flow.struck(run, [target])
    if run.testbed.adapter.patient:
        run.step(_("It rides the interruption out"), "ok", answer.outcome)
    flow.aftermath(run, last)


READINGS = (  # FT-002, read in two ways: what is a client told?
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
