"""What each injection arms and does, in which order, and that harm is taken back only once it has been done."""

import threading

import pytest

from faultlab.cases import injections
from faultlab.cases.injections import PortFault, ServerFault, ServiceFault, SqlError, WireFault, control_of
from faultlab.proxy import At, How
from tests.unit.world import spec

KILL = ServerFault(lambda control: control.kill(), lambda control: control.start())
EMPTY = ["strike fin"]  # the pool


@pytest.fixture
def case_run(world):
    made = world.case_run(spec("X", clients=8))
    del world.journal[:]
    return made


def rule_of(world):
    (rule,) = world.proxy.rules
    return rule


# --- on the wire
@pytest.mark.parametrize(("clients", "times"), [(1, 1), (2, 1), (3, 1), (8, 4)])
def test_half_of_the_clients_meet_a_fault_of_the_wire(world, clients, times):
    case_run = world.case_run(spec("X", clients=clients))

    WireFault(How.RESET).inject(case_run, "reset", "m5")

    assert rule_of(world).times == times


def test_a_wire_breaks_at_its_moment(world, case_run):
    WireFault(How.CUT, {"count": 5}).inject(case_run, "cut", "m5")

    rule = rule_of(world)
    assert (rule.at, rule.how, rule.count, rule.fault, rule.moment) == (At.REPLY, How.CUT, 5, "cut", "m5")
    assert world.journal == ["arm"]


def test_idle_connections_are_struck_at_once(world, case_run):
    WireFault(How.STALL).inject(case_run, "stall", "m1")

    assert world.journal == ["strike stall stall m1"]
    assert world.proxy.rules == []
    assert [one.moment for one in case_run.firings()] == ["m1"]


@pytest.mark.parametrize(
    ("injection", "journal"),
    [
        (WireFault(How.RESET), [*EMPTY, "arm"]),
        (SqlError(1040, "53300"), [*EMPTY, "arm"]),
        (PortFault(), [*EMPTY, "refuse"]),
        (KILL, [*EMPTY, "kill"]),
    ],
)
def test_before_connecting_the_pool_is_emptied_and_the_service_has_time_to_notice(world, case_run, injection, journal):
    injection.set_up(case_run, "m0")
    injection.inject(case_run, "x", "m0")

    assert world.journal == journal
    assert world.time.slept == [injections.IDLE]
    assert all(rule.at is At.CONNECT for rule in world.proxy.rules)


@pytest.mark.parametrize("injection", [WireFault(How.RESET), PortFault(), SqlError(1213, "40P01")])
def test_healing_the_proxy_is_all_that_these_need(world, case_run, injection):
    injection.recover(case_run)

    assert world.journal == []


# --- nobody listens
@pytest.mark.parametrize(("moment", "journal"), [("m0", [*EMPTY, "refuse"]), ("m1", ["refuse"])])
def test_the_port_is_closed_at_once_and_noted(world, case_run, moment, journal):
    PortFault().set_up(case_run, moment)
    PortFault().inject(case_run, "refuse", moment)

    assert world.journal == journal
    assert [(one.fault, one.moment) for one in case_run.firings()] == [("refuse", moment)]


def test_the_port_is_closed_at_a_statement(world, case_run):
    PortFault().inject(case_run, "outage", "m3")

    rule = rule_of(world)
    assert (rule.at, rule.how, rule.times, rule.fault) == (At.AFTER, How.REFUSE, 1, "outage")
    assert case_run.firings() == []


# --- the server's process
def test_the_server_is_killed_at_once_where_no_statement_is_waited_for(world, case_run):
    KILL.inject(case_run, "kill", "m1")

    assert world.journal == ["kill"]
    assert case_run.harmed.is_set()
    assert [(one.fault, one.moment) for one in case_run.firings()] == [("kill", "m1")]


@pytest.mark.parametrize(
    ("injection", "how"), [(KILL, How.RESET), (ServerFault(KILL.act, KILL.back, How.PASS), How.PASS)]
)
def test_the_server_is_killed_at_a_statement(world, case_run, injection, how):
    injection.inject(case_run, "kill", "m3")

    rule = rule_of(world)
    assert (rule.at, rule.how, rule.times, world.journal) == (At.AFTER, how, 1, ["arm"])
    rule.then()
    assert world.journal == ["arm", "kill"]
    assert case_run.harmed.is_set()


def test_the_server_is_not_started_while_it_is_still_being_killed(world, case_run):
    dying = threading.Event()

    def kill(control):
        dying.wait(10)
        control.kill()

    server = ServerFault(kill, KILL.back)
    server.inject(case_run, "kill", "m3")
    world.proxy.set_off("kill", "m3")
    at_statement = threading.Thread(target=rule_of(world).then)
    recovering = threading.Thread(target=server.recover, args=[case_run])

    at_statement.start()
    recovering.start()
    recovering.join(0.1)
    assert recovering.is_alive()
    assert world.journal == ["arm"]
    dying.set()
    recovering.join(10)
    at_statement.join(10)

    assert world.journal == ["arm", "kill", "start", "wait_ready"]


def test_a_fault_that_never_came_is_not_waited_for(world, case_run):
    KILL.inject(case_run, "kill", "m3")

    KILL.recover(case_run)

    assert world.journal == ["arm", "start", "wait_ready"]


def test_harm_that_fails_is_not_waited_for_either(world, case_run):
    def fail(control):
        raise PermissionError

    server = ServerFault(fail, KILL.back)
    server.inject(case_run, "kill", "m3")
    with pytest.raises(PermissionError):
        rule_of(world).then()
    world.proxy.set_off("kill", "m3", "PermissionError")

    server.recover(case_run)

    assert world.journal[-2:] == ["start", "wait_ready"]


def test_without_control_such_a_case_is_a_mistake_of_the_laboratory(world, case_run):
    world.control = None

    with pytest.raises(AssertionError, match="a case that needs control was begun without"):
        control_of(case_run)


# --- an error of the server's own
@pytest.mark.parametrize(("kind", "code"), [("mysql", 1213), ("mariadb", 1213), ("postgresql", "40P01")])
def test_an_error_in_the_databases_own_words_before_the_statement_is_done(world, case_run, kind, code):
    world.kind = kind

    SqlError(1213, "40P01").inject(case_run, "deadlock", "m2")

    rule = rule_of(world)
    assert (rule.at, rule.how, rule.error, rule.times) == (At.BEFORE, How.ERROR, code, 4)
    assert rule.statement == world.adapter.write


# --- the service itself
@pytest.mark.parametrize(
    ("gently", "how", "done"), [(True, How.PASS, "service.terminate"), (False, How.RESET, "service.kill")]
)
def test_the_service_ends_at_a_statement_and_is_started_again(world, case_run, gently, how, done):
    application = ServiceFault(gently)

    application.inject(case_run, "app", "m4")
    rule = rule_of(world)
    assert (rule.at, rule.how) == (At.BEFORE, how)
    world.proxy.set_off("app", "m4")
    rule.then()
    application.recover(case_run)

    assert world.journal == ["arm", done, "service.wait_ended", "service.start"]
    (death,) = case_run.notes.deaths
    assert death.began == case_run.firings()[0].t <= death.ended


def test_a_service_that_did_not_end_is_not_started(world, case_run):
    ServiceFault(gently=False).recover(case_run)

    assert world.journal == []
    assert case_run.notes.deaths == []
