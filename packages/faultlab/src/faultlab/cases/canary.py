"""A planted bug that runs with every run: if the checker does not see it, nobody may believe what else it says."""

from collections.abc import Callable

from faultlab.case_run import CaseRun, Spec
from faultlab.checker import check
from faultlab.language import _
from faultlab.report_model import Case, DatabaseSnapshot, Text

BOOKS = "books"


def lost(snapshot: DatabaseSnapshot) -> DatabaseSnapshot:
    """Nothing of what was acknowledged is there."""
    return snapshot.model_copy(update={"operations": []})


def doubled(snapshot: DatabaseSnapshot) -> DatabaseSnapshot:
    """Everything is there twice."""
    return snapshot.model_copy(update={"operations": [*snapshot.operations, *snapshot.operations]})


def halved(snapshot: DatabaseSnapshot) -> DatabaseSnapshot:
    """Something is half there."""
    return snapshot.model_copy(update={"problems": ["planted: half of it is missing"]})


PLANTED: dict[str, Callable[[DatabaseSnapshot], DatabaseSnapshot]] = {"I1": lost, "I2": doubled, "I3": halved}


def run(run: CaseRun) -> None:
    """One operation is acknowledged and stored; then the record is falsified, and the checker has to notice each time."""
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
