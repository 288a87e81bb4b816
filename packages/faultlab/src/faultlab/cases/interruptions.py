"""FT-002: the database is interrupted during one payment, at each moment of it, as the service is deployed."""

from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.faults import FAULTS
from faultlab.cases.moments import MOMENTS
from faultlab.language import _
from faultlab.report_model import Text

VARIANTS = (  # letter, fault, moment; the first is the plan's own
    ("", "kill", "m3"),
    ("a", "reset", "m2"),
    ("b", "reset", "m3"),
    ("c", "reset", "m4"),
    ("d", "reset", "m5"),
    ("e", "later", "m6"),
    ("f", "reset", "m7"),
    ("g", "stall", "m5"),
    ("h", "freeze", "m4"),
)


def specs() -> list[Spec]:
    return [_spec(letter, fault, moment) for letter, fault, moment in VARIANTS]


def _spec(letter: str, fault: str, moment: str) -> Spec:
    what, where = FAULTS[fault], MOMENTS[moment]
    return Spec(
        id=f"FT-002{letter}",
        title=Text.of(_("Interrupted: {fault}, {moment}", fault=what.title, moment=where)),
        run=_run,
        priority="P0",
        fault=fault,
        moment=moment,
        profile="deployed",
        control=what.control,
        planned=(1, 1),
    )


def _run(run: CaseRun) -> None:
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    flow.struck(run, [target])
    flow.aftermath(run, last)
