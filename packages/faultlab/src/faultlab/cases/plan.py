"""The plan's cases, as people ask for them: FT-001 and FT-003 to FT-009. FT-002 is in the catalogue, FT-010 in a service's adapter."""

import re
import time
from collections import Counter

from faultlab.adapter import Outgoing
from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.injections import control_of
from faultlab.cases.moments import rule
from faultlab.language import _
from faultlab.proxy import How
from faultlab.report_model import Phase, Text

TWINS, WARM = 20, 8
SHORT, LONG, FROZEN = 2.0, 10.0, 5.0  # seconds
LATE = 6.0


def normal(run: CaseRun) -> None:
    """Health, the operation, a look at it, the same once more."""
    (operation,) = run.prepare(1)
    adapter = run.testbed.adapter
    run.step(_("Health"), 200, _status(run, adapter.healthy))
    first = run.send(operation, "steady")
    run.step(_("The operation"), "ok", first.outcome)
    if operation.look is not None:
        run.step(_("A look at it"), 200, run.ask(operation.look, "steady")[1].status)
    again = run.send(operation, "steady")
    run.step(_("The same once more"), "ok", again.outcome)
    books = run.look("settled")
    run.step(_("Stored"), [1], [one.count for one in books.operations])


def gone_long(run: CaseRun) -> None:
    """The database is away for 10 s: whoever asks then is refused at once, twins too, and it works again once it is back."""
    first, last, *targets = run.prepare(2 + run.spec.clients // 2)
    flow.steady(run, first)
    take_away(run)
    time.sleep(LONG)
    for target in targets:
        for answer in run.sending([target] * 2).answers():
            run.step(_("Refused at once"), 503, answer.status)
    run.step(_("Health says so"), 503, _status(run, run.testbed.adapter.healthy, "fault"))
    bring_back(run)
    run.heal()
    flow.aftermath(run, last)


def gone_shortly(run: CaseRun) -> None:
    """The database is away for 2 s: a patient service waits, tries again, says so in the log, and succeeds, once for twins.

    Nobody listens for that time, whatever kind of server it is: to start one anew may take longer than 2 s by itself.
    """
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    run.testbed.proxy.refuse()
    run.fired("refuse", "m1")
    sending = run.sending([target] * run.spec.clients)
    time.sleep(SHORT)
    run.heal()
    statuses = {answer.status for answer in sending.answers()}
    if run.testbed.adapter.patient:
        run.step(_("It succeeds after the outage"), "201, 409", statuses, ok=201 in statuses and statuses <= {201, 409})
        tries = [line for line in run.log_lines() if re.search(run.testbed.adapter.retries, line)]
        run.step(_("The log tells of the retries"), "at least 1", len(tries), ok=bool(tries))
    else:
        run.step(_("It is refused"), {503}, statuses)
    flow.aftermath(run, last)


def late_commit(run: CaseRun) -> None:
    """The COMMIT arrives long after its sender has been told that the connection is lost; a twin asks for the same."""
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    hold = rule(run.testbed.adapter, "m6", How.HOLD, fault="late", seconds=LATE)
    flow.through(run, [target] * run.spec.clients, lambda: run.testbed.proxy.arm(hold), lambda: _deliver(run), None)
    flow.aftermath(run, last)


def duplicate_storm(run: CaseRun) -> None:
    """Twenty ask for the same at the same moment: it is done once, and everybody may know it."""
    first, target, *others = run.prepare(2 + WARM)
    flow.steady(run, first)
    run.sending(others, "steady").answers()  # every connection is made, so that the twins meet
    answers = run.sending([target] * TWINS).answers()
    statuses = Counter(answer.status for answer in answers)
    fresh = sum(answer.outcome == "ok" and not answer.replayed for answer in answers)
    run.step(_("Done once"), 1, fresh)
    only = set(statuses) <= {201, 409, 503}  # 503: too many at once for the threads that there are, and nothing saved
    run.step(_("Answers"), "201, 409 or 503", dict(statuses), ok=only)
    run.look("healed")
    run.settle()
    run.look("settled")


def read_only(run: CaseRun) -> None:
    """A failover: the server that was the primary is read-only for a while, under twins."""
    first, last, *targets = run.prepare(2 + run.spec.clients // 2)
    flow.steady(run, first)

    def arm() -> None:
        run.testbed.database.read_only(True)
        run.fired("read-only", "m1")

    flow.through(run, flow.in_pairs(targets), arm, lambda: run.testbed.database.read_only(False), 1.0)
    flow.aftermath(run, last)


def bulkhead(run: CaseRun) -> None:
    """The database hangs for 5 s under more clients than the service has threads: it says that it lives, all the time."""
    first, last, *targets = run.prepare(2 + run.spec.clients // 2)
    flow.steady(run, first)

    def freeze() -> None:
        run.fired("freeze", "m1")
        if run.controlled:
            control_of(run).pause()
        else:
            run.testbed.proxy.strike(How.STALL)
            run.testbed.proxy.arm(rule(run.testbed.adapter, "m0", How.STALL, times=None, fault="freeze"))

    def thaw() -> None:
        if run.controlled:
            control_of(run).resume()
            control_of(run).wait_ready()

    flow.through(run, flow.in_pairs(targets), freeze, thaw, FROZEN)
    flow.aftermath(run, last)


def service_killed(run: CaseRun) -> None:
    """The service is killed while many ask, twins among them, and started again: what it had promised is there."""
    first, last, *targets = run.prepare(2 + run.spec.clients // 2)
    flow.steady(run, first)
    service = run.testbed.service
    sending = run.sending(flow.in_pairs(targets))
    time.sleep(run.random.uniform(0.0, 0.02))
    began = run.clock.now()
    run.fired("app-kill", "m2", "any moment")
    service.kill()
    sending.answers()
    service.start()
    run.service_died(began)
    run.heal()
    flow.aftermath(run, last)


def take_away(run: CaseRun) -> None:
    """Kill the server where that can be done, else close the way to it."""
    run.fired("kill" if run.controlled else "refuse", "m1")
    if run.controlled:
        control_of(run).kill()
    else:
        run.testbed.proxy.refuse()


def bring_back(run: CaseRun) -> None:
    """Have it answer again; where it could not be killed, healing the proxy is all."""
    if run.controlled:
        control_of(run).start()
        control_of(run).wait_ready()


def _deliver(run: CaseRun) -> None:
    run.testbed.proxy.release()


def _status(run: CaseRun, path: str, phase: Phase = "steady") -> int | None:
    return run.ask(Outgoing("GET", path), phase)[1].status


SPECS = (
    Spec("FT-001", Text.of(_("Everything works")), normal, kind="functional", priority="P0", profile="deployed"),
    Spec(
        "FT-003",
        Text.of(_("Database gone for 10 s: refused at once")),
        gone_long,
        priority="P0",
        fault="kill",
        moment="m1",
        clients=6,
        overlap=2,
        profile="deployed",
        promptly=True,
        alone=True,
        planned=(1, 1),
    ),
    Spec(
        "FT-004",
        Text.of(_("Database gone for 2 s: succeeds after retries")),
        gone_shortly,
        priority="P0",
        fault="refuse",
        moment="m1",
        clients=2,
        overlap=2,
        profile="deployed",
        planned=(1, 1),
    ),
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
        "FT-007",
        Text.of(_("Failover: read-only for a while")),
        read_only,
        fault="read-only",
        moment="m1",
        clients=4,
        overlap=2,
        alone=True,
        planned=(1, 1),
    ),
    Spec(
        "FT-008",
        Text.of(_("Database hangs under load: the service lives")),
        bulkhead,
        priority="P0",
        fault="freeze",
        moment="m1",
        clients=12,
        overlap=2,
        profile="deployed",
        alone=True,
        planned=(1, None),
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
