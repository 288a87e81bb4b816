"""All cases for a service: the plan's, its adapter's, and the matrix of faults and moments; and choosing among them."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from faultlab.adapter import Adapter
from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.faults import FAULTS, Fault
from faultlab.cases.moments import MOMENTS
from faultlab.cases.plan import plan
from faultlab.language import FaultlabError, _, did_you_mean, sentences
from faultlab.report_model import Priority, Text

CLIENTS = (1, 8)  # of the matrix


class UnknownCaseError(FaultlabError):
    """No case has this name."""


def specs(adapter: Adapter, clients: tuple[int, ...] = CLIENTS) -> list[Spec]:
    """The plan's cases, the adapter's `cases()` if it has any, and the matrix."""
    own: Sequence[Spec] = getattr(adapter, "cases", list)()
    known = [*plan(), *own, *matrix(clients)]
    return [spec for spec in known if spec.profile in adapter.profiles]


def matrix(clients: tuple[int, ...] = CLIENTS) -> list[Spec]:
    """Every fault at every possible moment; cases that need control of the server come last."""
    cells = [
        _cell(name, fault, moment, number)
        for name, fault in FAULTS.items()
        for moment in fault.moments
        for number in dict.fromkeys(clients)
    ]
    return sorted(cells, key=lambda spec: spec.control)


def _cell(name: str, fault: Fault, moment: str, clients: int) -> Spec:
    where = MOMENTS[moment]
    return Spec(
        id=f"{name}-{moment}-{clients}",
        title=Text.of(_("{fault}, {moment}", fault=fault.title, moment=where)),
        run=_in_matrix,
        priority="P1" if clients == 1 else "P2",
        fault=name,
        moment=moment,
        clients=clients,
        overlap=2 if clients > 1 else 0,
        control=fault.control,
        planned=(1, None if fault.many else 1),
    )


def _in_matrix(run: CaseRun) -> None:
    odd = run.random.random() < 0.5
    first, last, *targets = run.prepare(2 + run.spec.clients, keys=lambda number: (number % 2 == 1) is odd)
    flow.steady(run, first)
    if run.spec.moment == "m8":
        for target in targets:
            run.send(target, "steady")
    flow.struck(run, targets)
    flow.aftermath(run, last)


def chosen(known: Sequence[Spec], names: Sequence[str], priorities: Sequence[Priority] = ()) -> list[Spec]:
    """The cases with these ids and priorities; an empty list of either allows all.

    `FT-002` includes its variants, `*` matches any characters. Raises UnknownCaseError if an id or the result is empty.
    """
    for name in names:
        if not any(_fits(spec, name) for spec in known):
            hint = did_you_mean(name, [spec.id for spec in known])
            raise UnknownCaseError(
                sentences(_("There is no case {name!r}.", name=name), hint or _("`faultlab list` names them."))
            )
    named = [spec for spec in known if not names or any(_fits(spec, name) for name in names)]
    found = [spec for spec in named if not priorities or spec.priority in priorities]
    if known and not found:
        raise UnknownCaseError(_("None of these cases has priority {priority}.", priority=", ".join(priorities)))
    return found


def _fits(spec: Spec, name: str) -> bool:
    variant = spec.id.startswith(name) and len(spec.id) == len(name) + 1 and spec.id[-1].isalpha()
    return spec.id == name or variant or ("*" in name and fnmatchcase(spec.id, name))
