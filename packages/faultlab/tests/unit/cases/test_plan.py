"""The plan's cases: what each does, in which order, and which of its steps would tell that a service is at fault."""

import threading

import pytest

from faultlab.adapter import Operation
from faultlab.cases import outages
from faultlab.cases import plan as plan_cases
from faultlab.cases.plan import plan
from faultlab.proxy import At, How
from tests.unit.world import LOST, REFUSED, answer

SPECS = {one.id: one for one in plan()}
NUMBERED = [name for name in SPECS if name[-1].isdigit()]


def run(world, name):
    case_run = world.case_run(SPECS[name])
    SPECS[name].run(case_run)
    return case_run


def steps(case_run):
    return {step.name.en: step.ok for step in case_run.notes.steps}


def phases(case_run):
    return [one.phase for one in case_run.case().requests]


def is_away(world):
    """By what was done last."""
    done = [line for line in world.journal if line in ("kill", "start", "pause", "resume", "refuse", "heal")]
    return bool(done) and done[-1] in ("kill", "pause", "refuse")


@pytest.fixture
def refuses(world):
    """The service answers 503 while its database is away."""
    world.on_send = lambda outgoing: world.answers.extend([REFUSED] * is_away(world))


# --- the table
def test_numbers_of_the_cases():
    assert [f"FT-{number:03}" for number in range(1, 10)] == NUMBERED
    assert [name for name in SPECS if name not in NUMBERED] == [f"FT-002{letter}" for letter in "abcdefghijklm"]


def test_what_a_plan_must_not_miss():
    assert {name for name in NUMBERED if SPECS[name].priority != "P0"} == {"FT-007"}
    assert {name for name in NUMBERED if SPECS[name].kind == "functional"} == {"FT-001", "FT-006"}
    assert {name for name in NUMBERED if SPECS[name].promptly} == {"FT-003"}


def test_those_that_others_would_notice_run_alone():
    assert {name for name in NUMBERED if SPECS[name].alone} == {"FT-003", "FT-007", "FT-008"}


@pytest.mark.parametrize("one", SPECS.values(), ids=list(SPECS))
def test_a_fault_is_planned_and_has_a_moment_unless_there_is_none(one):
    assert bool(one.fault) == bool(one.moment) == (one.planned != (0, 0))
    assert one.title.en
    assert one.title.zh


# --- FT-001
def test_everything_works(world):
    case_run = run(world, "FT-001")

    assert [(one.method, one.path) for one in world.sent] == [
        ("GET", "/health"), ("POST", "/sales"), ("GET", "/sales/sale-0"), ("POST", "/sales"),
    ]  # fmt: skip
    assert steps(case_run) == dict.fromkeys(
        ("Health", "The operation", "A look at it", "The same once more", "Stored"), True
    )
    assert [one.when for one in case_run.notes.books] == ["settled"]


@pytest.mark.parametrize(
    ("number", "step"), list(enumerate(["Health", "The operation", "A look at it", "The same once more"]))
)
def test_whatever_does_not_work_is_told(world, number, step):
    world.answers += [answer(200)] * number + [LOST] + [answer(200)] * (3 - number)
    world.adapter.stored.append("sale-0")

    assert [name for name, ok in steps(run(world, "FT-001")).items() if not ok] == [step]


def test_what_is_not_stored_is_told(world):
    world.always = answer(200)

    assert [name for name, ok in steps(run(world, "FT-001")).items() if not ok] == ["Stored"]


def test_a_service_may_have_nothing_to_look_at(world, monkeypatch):
    monkeypatch.setattr(world.adapter, "prepare", lambda *_: [Operation("sale-0", 100)])

    assert "A look at it" not in steps(run(world, "FT-001"))


# --- FT-003, FT-004
@pytest.mark.usefixtures("refuses")
def test_gone_for_long_is_refused_at_once(world):
    case_run = run(world, "FT-003")

    assert world.journal == ["use deployed", "kill", "start", "wait_ready", "heal"]
    assert outages.LONG in world.time.slept
    assert [one.status for one in case_run.notes.requests if one.phase == "fault" and one.operation] == [503] * 6
    assert {one.client for one in case_run.notes.requests if one.phase == "fault" and one.operation} == {0, 1}
    assert len(case_run.notes.steps) == 8
    assert all(steps(case_run).values())
    assert [(one.fault, one.moment) for one in case_run.firings()] == [("kill", "m1")]
    (outage,) = case_run.notes.outages
    assert outage.ended - outage.began > outages.LONG
    assert case_run.notes.recovered


def test_a_service_that_does_not_refuse_is_told(world):
    case_run = run(world, "FT-003")

    assert [name for name, ok in steps(case_run).items() if not ok] == ["Refused at once", "Health says so"]


def waits(world, tells=True):
    """The service answers only when its database is back, and its log tells that it tried."""

    def wait(outgoing):
        for _ in range(1000):
            if not is_away(world):
                break
            threading.Event().wait(0.005)
            if tells and len(world.service.lines) == 1:
                world.service.lines.append("try again in 0.5 s")

    world.on_send = wait


def test_gone_shortly_succeeds_after_retries(world):
    waits(world)
    away = world.time.sleep

    def sleep(seconds):
        threading.Event().wait(0.05 * (seconds == outages.SHORT))
        away(seconds)

    world.time.sleep = sleep
    case_run = run(world, "FT-004")

    assert world.journal == ["use deployed", "refuse", "heal"]
    assert steps(case_run) == {
        "A request while all is well": True,
        "It succeeds after the outage": True,
        "The log tells of the retries": True,
    }
    assert phases(case_run) == ["steady", "fault", "fault", "recovery"]


def test_a_log_that_tells_nothing_is_told(world):
    waits(world, tells=False)

    assert steps(run(world, "FT-004"))["The log tells of the retries"] is False


def test_a_service_that_gives_up_is_told(world):
    world.on_send = lambda outgoing: world.answers.extend([REFUSED] * (len(world.sent) == 2))

    assert steps(run(world, "FT-004"))["It succeeds after the outage"] is False


@pytest.mark.parametrize(("reply", "ok"), [(REFUSED, True), (answer(201), False), (LOST, False)])
def test_a_service_that_does_not_wait_is_asked_for_a_refusal(world, monkeypatch, reply, ok):
    monkeypatch.setattr(world.adapter, "patient", False, raising=False)
    world.on_send = lambda outgoing: world.answers.extend([reply] * (len(world.sent) in (2, 3)))

    assert steps(run(world, "FT-004")) == {"A request while all is well": True, "It is refused": ok}


@pytest.mark.usefixtures("refuses")
def test_where_the_server_is_not_ours_the_way_to_it_is_closed(world):
    world.control = None

    case_run = run(world, "FT-003")

    assert world.journal == ["use deployed", "refuse", "heal"]
    assert [one.fault for one in case_run.firings()] == ["refuse"]
    assert all(steps(case_run).values())


# --- FT-005
def test_a_late_commit_is_held_and_delivered(world):
    armed, lock = [], threading.Lock()

    def hold(outgoing):
        with lock:
            if world.proxy.rules:
                armed.append(world.proxy.rules.pop())
                world.proxy.set_off("late", "m6")
                world.answers.extend([LOST, TWIN])

    world.on_send = hold
    case_run = run(world, "FT-005")

    (rule,) = armed
    assert (rule.at, rule.how, rule.statement, rule.seconds, rule.times) == (
        At.BEFORE,
        How.HOLD,
        "COMMIT",
        plan_cases.LATE,
        1,
    )
    assert world.journal == ["use quick", "arm", "release", "heal"]
    assert phases(case_run) == ["steady", "fault", "fault", "recovery", "settle"]


# --- FT-006
def twins(world, monkeypatch, replies):
    """The first `len(replies)` answers to twins; they come in any order."""
    lock, left = threading.Lock(), list(replies)

    def one(outgoing):
        with lock:
            return left.pop() if outgoing.json == {"id": "sale-1"} and left else answer(201)

    monkeypatch.setattr(world, "ask", one)
    return run(world, "FT-006")


REPLAY = answer(201, headers={"idempotent-replayed": "true"})
TWIN = answer(409, headers={"retry-after": "1"})


@pytest.mark.parametrize("other", [REPLAY, TWIN, REFUSED], ids=["replayed", "409", "503"])
def test_of_twenty_twins_one_is_done(world, monkeypatch, other):
    case_run = twins(world, monkeypatch, [answer(201), *[other] * (plan_cases.TWINS - 1)])

    assert steps(case_run)["Done once"]
    assert steps(case_run)["Answers"]
    twenty = [one for one in case_run.notes.requests if one.phase == "fault"]
    assert len(twenty) == plan_cases.TWINS
    assert {one.operation for one in twenty} == {"sale-1"}
    assert len({one.key for one in twenty}) == 1


@pytest.mark.parametrize(
    ("replies", "wrong"),
    [
        ([answer(201)] * 2 + [REPLAY] * 18, ["Done once"]),
        ([REPLAY] * 20, ["Done once"]),
        ([answer(201)] + [answer(500)] * 19, ["Answers"]),
    ],
)
def test_twins_that_are_done_twice_or_never_are_told(world, monkeypatch, replies, wrong):
    assert [name for name, ok in steps(twins(world, monkeypatch, replies)).items() if not ok] == wrong


# --- FT-007
def test_a_failover_is_over_after_a_while(world):
    case_run = run(world, "FT-007")

    assert world.journal == ["use quick", "read-only on", "read-only off", "heal"]
    assert 1.0 in world.time.slept
    assert phases(case_run) == ["steady", *["fault"] * 4, "recovery"]
    assert [(one.fault, one.moment) for one in case_run.firings()] == [("read-only", "m1")]


# --- FT-008
def test_the_database_hangs_and_goes_on(world):
    case_run = run(world, "FT-008")

    assert world.journal == ["use deployed", "pause", "resume", "wait_ready", "heal"]
    assert outages.FROZEN in world.time.slept
    assert phases(case_run) == ["steady", *["fault"] * 12, "recovery"]


def test_where_it_cannot_be_frozen_nothing_flows_and_new_connections_hang_too(world):
    world.control = None

    run(world, "FT-008")

    (rule,) = world.proxy.rules
    assert world.journal == ["use deployed", "strike stall", "arm", "heal"]
    assert (rule.at, rule.how, rule.times) == (At.CONNECT, How.STALL, None)


# --- FT-009
def test_the_service_is_killed_under_load_and_started_again(world):
    case_run = run(world, "FT-009")

    assert world.journal == ["use deployed", "service.kill", "service.start", "heal"]
    assert phases(case_run) == ["steady", *["fault"] * 8, "recovery"]
    (death,), (firing,) = case_run.notes.deaths, case_run.firings()
    assert (firing.fault, firing.moment) == ("app-kill", "m2")
    assert death.began <= firing.t <= death.ended
    assert 0 <= world.time.slept[0] <= 0.02
