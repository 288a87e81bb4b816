"""The plan's cases: FT-001, FT-005, FT-006 and FT-009 here, the others by import. FT-010 belongs to an adapter."""

from collections import Counter

from faultlab.adapter import Outgoing
from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow, interruptions, outages
from faultlab.cases.moments import rule
from faultlab.language import _
from faultlab.proxy import How
from faultlab.report_model import Text

TWINS, WARM = 20, 8
LATE = 6.0  # seconds


def plan() -> list[Spec]:
    """FT-001 to FT-009 with their variants, in order."""
    return sorted([*SPECS, *interruptions.SPECS, *outages.SPECS], key=lambda spec: spec.id)


def normal(run: CaseRun) -> None:
    """Health check, the operation, reading it, the operation again."""
    (operation,) = run.prepare(1)
    health = run.ask(Outgoing("GET", run.testbed.adapter.healthy), "steady")[1]
    run.step(_("Health"), 200, health.status)
    first = run.send(operation, "steady")
    run.step(_("The operation"), "ok", first.outcome)
    if operation.look is not None:
        run.step(_("A look at it"), 200, run.ask(operation.look, "steady")[1].status)
    again = run.send(operation, "steady")
    run.step(_("The same once more"), "ok", again.outcome)
    books = run.look("settled")
    run.step(_("Stored"), [1], [one.count for one in books.operations])


def late_commit(run: CaseRun) -> None:
    """The COMMIT arrives long after its sender has lost the connection; an identical request runs meanwhile."""
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    proxy = run.testbed.proxy
    hold = rule(run.testbed.adapter, "m6", How.HOLD, fault="late", seconds=LATE)
    fault = run.fault(inject=lambda: proxy.arm(hold), recover=lambda: _deliver(run))
    flow.through(run, fault, [target] * run.spec.clients, None)
    flow.aftermath(run, last)


def _deliver(run: CaseRun) -> None:
    run.testbed.proxy.release()


def duplicate_storm(run: CaseRun) -> None:
    """Twenty identical requests at the same moment: the operation is executed once."""
    first, target, *others = run.prepare(2 + WARM)
    flow.steady(run, first)
    run.sending(others, "steady").answers()  # opens all connections, so that the twenty overlap
    answers = run.sending([target] * TWINS).answers()
    statuses = Counter(answer.status for answer in answers)
    fresh = sum(answer.outcome == "ok" and not answer.replayed for answer in answers)
    run.step(_("Done once"), 1, fresh)
    only = set(statuses) <= {201, 409, 503}  # 503: not enough threads, and not saved
    run.step(_("Answers"), "201, 409 or 503", dict(statuses), ok=only)
    run.look("healed")
    run.settle()
    run.look("settled")


def service_killed(run: CaseRun) -> None:
    """The service is killed under load and restarted: everything acknowledged is stored."""
    first, last, *targets = run.prepare(2 + run.spec.clients // 2)
    flow.steady(run, first)
    service = run.testbed.service

    def kill() -> None:
        run.fired("app-kill", "m2", "any moment")
        service.kill()

    def start() -> None:
        service.start()
        run.service_died(run.firings()[0].t)

    fault = run.fault(kill, start)
    sending = run.sending(flow.in_pairs(targets))
    run.pause(run.random.uniform(0.0, 0.02))
    fault.inject()
    fault.wait_seen(sending.done)
    sending.answers()
    fault.recover()
    flow.aftermath(run, last)


SPECS = (
    Spec("FT-001", Text.of(_("Everything works")), normal, kind="functional", priority="P0", profile="deployed"),
    Spec(
        "FT-005",
        Text.of(_("COMMIT arrives late")),
        late_commit,
        priority="P0",
        fault="late",
        moment="m6",
        clients=2,
        overlap=2,
        planned=(1, 1),
    ),
    Spec(
        "FT-006",
        Text.of(_("Twenty twins at once")),
        duplicate_storm,
        kind="functional",
        priority="P0",
        clients=TWINS,
        overlap=2,
        profile="deployed",
    ),
    Spec(
        "FT-009",
        Text.of(_("Service killed under load")),
        service_killed,
        priority="P0",
        fault="app-kill",
        moment="m2",
        clients=8,
        overlap=2,
        profile="deployed",
        planned=(1, 1),
    ),
)
