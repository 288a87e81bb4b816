"""FT-003, FT-004, FT-007, FT-008: the database is away for 10 s or 2 s, read-only, or hangs under load."""

import re

from faultlab.adapter import Outgoing
from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.injections import control_of
from faultlab.cases.moments import rule
from faultlab.fault_cycle import FaultCycle
from faultlab.language import _
from faultlab.proxy import How
from faultlab.report_model import Text

SHORT, LONG, FROZEN, READ_ONLY = 2.0, 10.0, 5.0, 1.0  # seconds


def database_away(run: CaseRun) -> FaultCycle:
    """Takes the database away: kills its server, or closes the port where the server is not ours."""
    if not run.controlled:
        return way_closed(run)
    control = control_of(run)

    def kill() -> None:
        run.fired("kill", "m1")
        control.kill()

    def start() -> None:
        control.start()
        control.wait_ready()

    return run.fault(kill, start)


def way_closed(run: CaseRun) -> FaultCycle:
    """Closes the database's port until the proxy is healed."""

    def refuse() -> None:
        run.fired("refuse", "m1")
        run.testbed.proxy.refuse()

    return run.fault(refuse)


def database_frozen(run: CaseRun) -> FaultCycle:
    """Freezes the server, or stalls all connections where the server is not ours."""

    def stall() -> None:
        run.fired("freeze", "m1")
        run.testbed.proxy.strike(How.STALL)
        run.testbed.proxy.arm(rule(run.testbed.adapter, "m0", How.STALL, times=None, fault="freeze"))

    def freeze() -> None:
        run.fired("freeze", "m1")
        control_of(run).pause()

    def thaw() -> None:
        control_of(run).resume()
        control_of(run).wait_ready()

    return run.fault(freeze, thaw) if run.controlled else run.fault(stall)


def gone_long(run: CaseRun) -> None:
    """The database is away for 10 s: requests are then refused at once, and succeed once it is back."""
    first, last, *targets = run.prepare(2 + run.spec.clients // 2)
    flow.steady(run, first)
    away = database_away(run)
    away.inject()
    away.wait_seen()
    run.pause(LONG)
    for target in targets:
        for answer in run.sending([target] * 2).answers():
            run.step(_("Refused at once"), 503, answer.status)
    health = run.ask(Outgoing("GET", run.testbed.adapter.healthy), "fault")[1]
    run.step(_("Health says so"), 503, health.status)
    away.recover()
    flow.aftermath(run, last)


def gone_shortly(run: CaseRun) -> None:
    """The database is away for 2 s: a patient service retries, logs that, and succeeds, once for identical requests.

    The port is closed for that time; restarting a server may take longer than 2 s.
    """
    first, last, target = run.prepare(3)
    flow.steady(run, first)
    answers = flow.through(run, way_closed(run), [target] * run.spec.clients, SHORT)
    statuses = {answer.status for answer in answers}
    if run.testbed.adapter.patient:
        run.step(_("It succeeds after the outage"), "201, 409", statuses, ok=201 in statuses and statuses <= {201, 409})
        tries = [line for line in run.log_lines() if re.search(run.testbed.adapter.retries, line)]
        run.step(_("The log tells of the retries"), "at least 1", len(tries), ok=bool(tries))
    else:
        run.step(_("It is refused"), {503}, statuses)
    flow.aftermath(run, last)


def read_only(run: CaseRun) -> None:
    """A failover: the former primary is read-only for 1 s, under pairs of identical requests."""
    first, last, *targets = run.prepare(2 + run.spec.clients // 2)
    flow.steady(run, first)
    database = run.testbed.database

    def inject() -> None:
        database.read_only(True)
        run.fired("read-only", "m1")

    fault = run.fault(inject, lambda: database.read_only(False))
    flow.through(run, fault, flow.in_pairs(targets), READ_ONLY)
    flow.aftermath(run, last)


def bulkhead(run: CaseRun) -> None:
    """The database hangs for 5 s under more clients than the service has threads: the liveness path answers throughout."""
    first, last, *targets = run.prepare(2 + run.spec.clients // 2)
    flow.steady(run, first)
    flow.through(run, database_frozen(run), flow.in_pairs(targets), FROZEN)
    flow.aftermath(run, last)


SPECS = (
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
)
