"""The canary: planted bugs that the checker must find in every run."""

from collections.abc import Callable

from faultlab.case_run import CaseRun, Spec
from faultlab.checker import check
from faultlab.language import _
from faultlab.report_model import Case, DatabaseSnapshot, Text

BOOKS = "books"


def lost(snapshot: DatabaseSnapshot) -> DatabaseSnapshot:
    """Nothing acknowledged is stored."""
    return snapshot.model_copy(update={"operations": []})


def doubled(snapshot: DatabaseSnapshot) -> DatabaseSnapshot:
    """Everything is stored twice."""
    return snapshot.model_copy(update={"operations": [*snapshot.operations, *snapshot.operations]})


def halved(snapshot: DatabaseSnapshot) -> DatabaseSnapshot:
    """Something is inconsistent."""
    return snapshot.model_copy(update={"problems": ["planted: half of it is missing"]})


PLANTED: dict[str, Callable[[DatabaseSnapshot], DatabaseSnapshot]] = {"I1": lost, "I2": doubled, "I3": halved}


def run(run: CaseRun) -> None:
    """Execute one operation, then falsify its record in each way and check that the checker finds it."""
    (operation,) = run.prepare(1)
    run.step(_("A request while all is well"), "ok", run.send(operation, "steady").outcome)
    run.look("settled")
    honest = run.case()
    run.step(_("Nothing is wrong before a bug is planted"), [], _broken(honest))
    for promise, plant in PLANTED.items():
        broken = _broken(honest.model_copy(update={BOOKS: [plant(one) for one in honest.books]}))
        run.step(_("The planted bug is seen"), promise, broken, ok=promise in broken)


def _broken(case: Case) -> list[str]:
    return [finding.id for finding in check(case) if finding.ok is False]


SPEC = Spec("CANARY", Text.of(_("A planted bug is seen")), run, kind="functional", priority="P0")
