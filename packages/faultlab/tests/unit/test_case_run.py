"""A case while it runs: what is noted, under which keys, how long the database was away, and what becomes of it all."""

import pytest

from faultlab import case_record, case_requests
from faultlab import case_run as module
from faultlab.adapter import Outgoing
from faultlab.report_model import Health, Outage, Text
from tests.unit.world import LOST, REFUSED, UNKNOWN, answer, spec


def test_a_case_begins_with_its_profile_and_dice_of_its_own(world):
    world.service.lines.append("also from before")

    first, same, other = world.case_run(seed=7), world.case_run(seed=7), world.case_run(spec("Y"), seed=7)
    world.service.lines.append("since then")

    assert world.journal == ["use quick"] * 3
    assert first.random.random() == same.random.random() != other.random.random()
    assert first.log_lines() == ["since then"]


def test_every_second_operation_has_a_key_and_the_count_goes_on(world):
    case_run = world.case_run()

    for operation in [*case_run.prepare(3), *case_run.prepare(2)]:
        case_run.send(operation, "steady")

    assert [one.key for one in case_run.notes.requests] == [None, "key-sale-1", None, "key-sale-3", None]
    assert [one.headers.get("Idempotency-Key") for one in world.sent] == [None, "key-sale-1", None, "key-sale-3", None]


def test_keys_are_where_the_case_wants_them(world):
    case_run = world.case_run()

    case_run.prepare(3, keys=lambda number: number == 2)

    assert case_run._keys == {"sale-0": None, "sale-1": None, "sale-2": "key-sale-2"}


def test_a_request_is_noted_as_its_client_saw_it(world):
    case_run = world.case_run()
    (operation,) = case_run.prepare(1, keys=lambda _: True)
    world.answers.append(answer(503, headers={"retry-after": "2"}, outcome="unknown"))

    noted = case_run.send(operation, "fault", number=5)

    assert case_run.notes.requests == [noted]
    assert noted.model_dump(exclude={"t", "ms"}) == {
        "phase": "fault", "client": 5, "method": "POST", "path": "/sales", "operation": "sale-0", "key": "key-sale-0",
        "amount": 100, "status": 503, "outcome": "unknown", "error": "", "retry_after": "2", "replayed": False,
        "problems": [],
    }  # fmt: skip
    assert 0 < noted.t < 1
    assert noted.ms == pytest.approx(2, abs=0.01)  # the clock is read once in between


def test_a_lost_answer_is_unknown_and_keeps_the_reason(world):
    case_run = world.case_run()
    (operation,) = case_run.prepare(1)
    world.answers.append(LOST)

    noted = case_run.send(operation, "fault")

    assert (noted.status, noted.outcome, noted.error) == (None, "unknown", "ProtocolError")


def test_a_look_belongs_to_no_operation_and_a_repeat_is_told(world):
    case_run = world.case_run()
    world.answers.append(answer(200, headers={"idempotent-replayed": "true"}))

    noted, came = case_run.ask(Outgoing("GET", "/sales/1"), "steady")

    assert (noted.operation, noted.amount, noted.key, noted.replayed) == (None, None, None, True)
    assert came.status == 200


def test_the_form_of_an_answer_is_judged_by_the_adapters_word(world, monkeypatch):
    monkeypatch.setattr(world.adapter, "envelope", False, raising=False)
    world.answers.append(case_requests.Answer(200, {}, b"plain"))

    assert world.case_run().ask(Outgoing("GET", "/"), "steady")[0].problems == []
    monkeypatch.setattr(world.adapter, "envelope", True, raising=False)
    world.answers.append(case_requests.Answer(200, {}, b"plain"))
    assert world.case_run().ask(Outgoing("GET", "/"), "steady")[0].problems == ["no JSON"]


def test_a_client_of_ones_own_is_closed_and_a_given_one_stays_open(world):
    case_run = world.case_run()
    (operation,) = case_run.prepare(1)
    given = case_run.client()

    case_run.send(operation, "steady")
    case_run.send(operation, "steady", given)

    assert world.open_clients == {given}
    assert given.timeout == world.testbed.profile.budget + case_requests.SPARE


# --- many at once
def test_all_are_sent_each_by_a_client_of_its_own(world):
    case_run = world.case_run()
    operations = case_run.prepare(4)

    sending = case_run.sending(operations)
    answers = sending.answers()

    assert [(one.operation, one.client, one.phase) for one in answers] == [
        (f"sale-{number}", number, "fault") for number in range(4)
    ]
    assert sending.done()
    assert sending.answers() == answers  # asked twice, sent once
    assert len(world.sent) == 4
    assert world.open_clients == set()


def test_what_a_client_broke_off_with_is_not_lost(world):
    case_run = world.case_run()
    operations = case_run.prepare(2)

    def fail(outgoing):
        raise RuntimeError("broken adapter")

    world.on_send = fail
    with pytest.raises(RuntimeError, match="broken adapter"):
        case_run.sending(operations).answers()


# --- faults and outages
def test_only_this_cases_firings_count_in_the_order_of_their_time(world):
    world.proxy.set_off("reset", "m1")
    case_run = world.case_run()

    world.proxy.set_off("reset", "m5")
    case_run.fired("kill", "m1", "any moment")
    world.proxy.set_off("fin", "m4")

    assert [(one.fault, one.moment, one.where) for one in case_run.firings()] == [
        ("reset", "m5", "COMMIT"),
        ("kill", "m1", "any moment"),
        ("fin", "m4", "COMMIT"),
    ]


def test_healing_without_a_fault_is_no_outage(world):
    case_run = world.case_run()

    case_run.heal()

    assert (case_run.notes.outages, case_run.notes.healed) == ([], None)
    assert world.journal[-1] == "heal"


def test_each_outage_begins_with_its_own_first_fault(world):
    case_run = world.case_run()

    world.proxy.set_off("reset", "m5")
    world.proxy.set_off("reset", "m5")
    case_run.heal()
    first = case_run.firings()[0]
    world.time.sleep(3)
    case_run.fired("refuse", "m1")
    case_run.heal()
    later = case_run.notes.firings[0]

    one, two = case_run.notes.outages
    assert (one.began, two.began) == (first.t, later.t)
    assert first.t < one.ended < 3 < later.t < two.ended
    assert case_run.notes.healed == two.ended


def test_healing_again_is_no_further_outage_and_moves_the_end(world):
    case_run = world.case_run()
    case_run.fired("kill", "m1")
    case_run.heal()
    (outage,) = case_run.notes.outages

    case_run.heal()

    assert case_run.notes.outages == [outage]
    assert case_run.notes.healed > outage.ended


def test_liveness_is_not_asked_of_a_service_that_the_case_killed(world):
    case_run = world.case_run()
    world.health = [Health(t=t, ms=500, status=200) for t in (0.0, 0.6, 1.5, 2.5, 3.5)]
    case_run.notes.deaths.append(Outage(began=1.0, ended=3.0))

    assert [one.t for one in case_run.case().health] == [0.0, 3.5]


def test_death_lasts_until_now(world):
    case_run = world.case_run()

    case_run.service_died(0.25)

    (death,) = case_run.notes.deaths
    assert death.began == 0.25
    assert death.ended == pytest.approx(case_run.clock.now(), abs=0.002)


def test_controlled_is_what_the_database_is(world):
    case_run = world.case_run()

    assert case_run.controlled
    world.control = None
    assert not case_run.controlled


# --- afterwards
def test_recovery_is_noted_at_the_first_success(world):
    case_run = world.case_run()
    (operation,) = case_run.prepare(1)
    world.answers += [REFUSED, LOST]

    case_run.wait_recovered(operation)

    assert [(one.phase, one.outcome) for one in case_run.notes.requests] == [
        ("recovery", "fail"), ("recovery", "unknown"), ("recovery", "ok"),
    ]  # fmt: skip
    assert case_run.notes.recovered >= case_run.notes.requests[-1].t
    assert world.open_clients == set()


def test_what_never_recovers_is_given_up(world):
    case_run = world.case_run()
    (operation,) = case_run.prepare(1)
    world.always = REFUSED

    case_run.wait_recovered(operation)

    assert case_run.notes.recovered is None
    assert module.RECOVERY <= case_run.clock.now() < module.RECOVERY + 1
    assert world.open_clients == set()


@pytest.mark.parametrize("what", ["transactions", "held"])
def test_the_books_are_read_once_nothing_is_on_its_way(world, what):
    case_run = world.case_run()
    if what == "transactions":
        world.restless = 3
    else:
        world.proxy.undelivered = 4

    books = case_run.look("healed")

    assert (books.when, books.quiet) == ("healed", True)
    assert world.time.slept == [module.AGAIN] * 3
    assert case_run.notes.books == [books]
    assert books.t >= 3 * module.AGAIN


def test_books_that_never_come_to_rest_say_so(world):
    case_run = world.case_run()
    world.restless = 100_000

    books = case_run.look("settled")

    assert not books.quiet
    assert books.t >= module.QUIET


def test_the_books_are_of_all_operations(world):
    case_run = world.case_run()
    _, second = case_run.prepare(2)

    case_run.send(second, "steady")

    assert [one.operation for one in case_run.look("settled").operations] == ["sale-1"]


def test_only_what_is_uncertain_is_sent_again_under_the_same_key_until_it_is_done(world):
    case_run = world.case_run()
    certain, lost, refused, _never_asked = case_run.prepare(4, keys=lambda _: True)
    world.answers += [LOST, REFUSED]
    case_run.send(lost, "fault")
    case_run.send(refused, "fault")
    case_run.send(certain, "fault")
    world.answers += [UNKNOWN]

    case_run.settle()

    settled = [(one.operation, one.key, one.outcome) for one in case_run.notes.requests if one.phase == "settle"]
    assert settled == [
        ("sale-1", "key-sale-1", "unknown"),
        ("sale-1", "key-sale-1", "ok"),
        ("sale-2", "key-sale-2", "ok"),
    ]


def test_what_never_settles_is_given_up(world):
    case_run = world.case_run()
    (operation,) = case_run.prepare(1)
    world.always = LOST
    case_run.send(operation, "fault")

    case_run.settle()

    assert module.SETTLE <= case_run.clock.now() < module.SETTLE + 1


# --- what is said
@pytest.mark.parametrize(
    ("expected", "actual", "given", "ok"),
    [(200, 200, None, True), (200, 503, None, False), ("many", 3, True, True), ("many", "many", False, False)],
)
def test_a_step_is_good_if_both_are_the_same_unless_it_is_said(world, expected, actual, given, ok):
    case_run = world.case_run()

    case_run.step(Text(en="A look", zh="查看"), expected, actual, ok=given)

    (step,) = case_run.case().steps
    assert (step.name.en, step.name.zh) == ("A look", "查看")
    assert (step.expected, step.actual, step.ok) == (str(expected), str(actual), ok)


def test_harm_that_could_not_be_done_fails_the_case(world):
    case_run = world.case_run()
    world.proxy.set_off("kill", "m3", problem="PermissionError: not yours")
    world.proxy.set_off("kill", "m3")

    (step,) = case_run.case().steps

    assert (step.name.en, step.ok, step.actual) == ("The harm is done", False, "PermissionError: not yours")


def test_the_case_is_all_that_was_seen(world):
    one = spec(
        "Z", priority="P0", fault="kill", moment="m3", clients=2, profile="deployed", promptly=True, planned=(1, 2)
    )
    case_run = world.case_run(one, seed=11)
    first, second = case_run.prepare(2)
    world.service.lines += ["try again 1", "of no interest", "try again 2"]
    case_run.send(first, "steady")
    case_run.fired("kill", "m3")
    case_run.heal()
    case_run.wait_recovered(second)
    books = case_run.look("settled")

    case = case_run.case()

    assert (case.id, case.title, case.kind, case.priority) == ("Z", one.title, "fault_tolerance", "P0")
    assert (case.fault, case.moment, case.clients, case.seed) == ("kill", "m3", 2, 11)
    assert (case.budget, case.promptly, case.planned, case.status) == (4.0, True, (1, 2), "passed")
    assert case.operations == ["sale-0", "sale-1"]
    assert case.requests == case_run.notes.requests
    assert case.firings == case_run.firings()
    assert (case.outages, case.healed, case.recovered) == (
        case_run.notes.outages,
        case_run.notes.healed,
        case_run.notes.recovered,
    )
    assert case.books == [books]
    assert case.transitions == {"": ["paid"], "paid": []}
    assert case.logs == ["try again 1", "try again 2"]
    assert case.started == case_run.started
    assert case.duration_ms == pytest.approx(case_run.clock.now() * 1000, abs=5)


def test_requests_of_a_case_stand_in_the_order_in_which_they_were_sent(world):
    case_run = world.case_run()
    early, late = (case_run.ask(Outgoing("GET", f"/{number}"), "steady")[0] for number in range(2))
    case_run.notes.requests.reverse()

    assert case_run.case().requests == [early, late]


def test_a_log_that_tells_much_is_cut_short(world):
    case_run = world.case_run()
    world.service.lines += ["try again"] * 500

    assert len(case_run.case().logs) == case_record.LOG_LINES
