"""All cases for a service, by name: those of the plan, those of its adapter, and the matrix of faults and moments."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from faultlab.adapter import Adapter
from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases import plan as plan_cases
from faultlab.cases.faults import FAULTS, Fault
from faultlab.cases.moments import MOMENTS
from faultlab.language import FaultlabError, _, did_you_mean, sentences
from faultlab.report_model import Text

CLIENTS = (1, 8)  # of the matrix
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


class UnknownCaseError(FaultlabError):
    """No case has this name."""


def specs(adapter: Adapter, clients: tuple[int, ...] = CLIENTS) -> list[Spec]:
    """The plan's cases, the service's own (its adapter's `cases()`, if it has one), and the matrix."""
    own: Sequence[Spec] = getattr(adapter, "cases", list)()
    known = [*plan(), *own, *matrix(clients)]
    return [spec for spec in known if spec.profile in adapter.profiles]


def plan() -> list[Spec]:
    """FT-001 to FT-009, in the order of their numbers."""
    interruptions = [*(_interruption(*one) for one in INTERRUPTIONS), *READINGS]
    return sorted([*plan_cases.SPECS, *interruptions], key=lambda spec: spec.id)


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


def matrix(clients: tuple[int, ...] = CLIENTS) -> list[Spec]:
    """Every fault at every moment at which it can happen; the cells that need control of the server come last."""
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
        priority="P1",
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


def chosen(known: Sequence[Spec], names: Sequence[str]) -> list[Spec]:
    """The cases with these ids; `FT-002` also means its variants, `*` stands for any characters. Without names: all."""
    if not names:
        return list(known)
    for name in names:
        if not any(_fits(spec, name) for spec in known):
            hint = did_you_mean(name, [spec.id for spec in known])
            raise UnknownCaseError(
                sentences(_("There is no case {name!r}.", name=name), hint or _("`faultlab list` names them."))
            )
    return [spec for spec in known if any(_fits(spec, name) for name in names)]


def _fits(spec: Spec, name: str) -> bool:
    variant = spec.id.startswith(name) and len(spec.id) == len(name) + 1 and spec.id[-1].isalpha()
    return spec.id == name or variant or ("*" in name and fnmatchcase(spec.id, name))
