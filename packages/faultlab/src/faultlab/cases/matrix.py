"""The matrix: every fault at every moment at which it can happen, with one client and with many at once."""

from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.faults import FAULTS, Fault
from faultlab.cases.moments import MOMENTS
from faultlab.language import _
from faultlab.report_model import Text

CLIENTS = (1, 8)


def specs(clients: tuple[int, ...] = CLIENTS) -> list[Spec]:
    """All cells; those that need control of the server come last."""
    cells = [
        _spec(name, fault, moment, number)
        for name, fault in FAULTS.items()
        for moment in fault.moments
        for number in dict.fromkeys(clients)
    ]
    return sorted(cells, key=lambda spec: spec.control)


def _spec(name: str, fault: Fault, moment: str, clients: int) -> Spec:
    where = MOMENTS[moment]
    return Spec(
        id=f"{name}-{moment}-{clients}",
        title=Text.of(_("{fault}, {moment}", fault=fault.title, moment=where)),
        run=_run,
        priority="P1",
        fault=name,
        moment=moment,
        clients=clients,
        control=fault.control,
        planned=(1, None if fault.many else 1),
    )


def _run(run: CaseRun) -> None:
    odd = run.random.random() < 0.5
    first, last, *targets = run.prepare(2 + run.spec.clients, keys=lambda number: (number % 2 == 1) is odd)
    flow.steady(run, first)
    if run.spec.moment == "m8":
        for target in targets:
            run.send(target, "steady")
    flow.struck(run, targets)
    flow.aftermath(run, last)
