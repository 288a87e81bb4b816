"""A case while it runs: what is noted, under which keys, how long the database was away, and what becomes of it all."""

import pytest

from faultlab import trial as module
from faultlab.adapter import Outgoing
from faultlab.record import Health, Outage
from tests.unit.world import LOST, REFUSED, UNKNOWN, answer, spec


def test_a_case_begins_with_its_profile_and_dice_of_its_own(world):
    world.service.lines.append("also from before")

    first, same, other = world.trial(seed=7), world.trial(seed=7), world.trial(spec("Y"), seed=7)
    world.service.lines.append("since then")

    assert world.journal == ["use quick"] * 3
    assert first.random.random() == same.random.random() != other.random.random()
    assert first.log_lines() == ["since then"]


def test_every_second_operation_has_a_key_and_the_count_goes_on(world):
    trial = world.trial()

    for operation in [*trial.prepare(3), *trial.prepare(2)]:
        trial.send(operation, "steady")

    assert [one.key for one in trial.notes.requests] == [None, "key-sale-1", None, "key-sale-3", None]
    assert [one.headers.get("Idempotency-Key") for one in world.sent] == [None, "key-sale-1", None, "key-sale-3", None]


def test_keys_are_where_the_case_wants_them(world):
    trial = world.trial()

    trial.prepare(3, keys=lambda number: number == 2)

    assert trial._keys == {"sale-0": None, "sale-1": None, "sale-2": "key-sale-2"}


def test_a_request_is_noted_as_its_client_saw_it(world):
    trial = world.trial()
    (operation,) = trial.prepare(1, keys=lambda _: True)
    world.answers.append(answer(503, headers={"retry-after": "2"}, outcome="unknown"))

    noted = trial.send(operation, "fault", number=5)

    assert trial.notes.requests == [noted]
    assert noted.model_dump(exclude={"t", "ms"}) == {
        "phase": "fault", "client": 5, "method": "POST", "path": "/sales", "operation": "sale-0", "key": "key-sale-0",
        "amount": 100, "status": 503, "outcome": "unknown", "error": "", "retry_after": "2", "replayed": False,
        "problems": [],
    }  # fmt: skip
    assert 0 < noted.t < 1
    assert noted.ms == pytest.approx(2, abs=0.01)  # the clock is read once in between


def test_a_lost_answer_is_unknown_and_keeps_the_reason(world):
    trial = world.trial()
    (operation,) = trial.prepare(1)
    world.answers.append(LOST)

    noted = trial.send(operation, "fault")

    assert (noted.status, noted.outcome, noted.error) == (None, "unknown", "ProtocolError")


def test_a_look_belongs_to_no_operation_and_a_repeat_is_told(world):
    trial = world.trial()
    world.answers.append(answer(200, headers={"idempotent-replayed": "true"}))

    noted, came = trial.ask(Outgoing("GET", "/sales/1"), "steady")

    assert (noted.operation, noted.amount, noted.key, noted.replayed) == (None, None, None, True)
    assert came.status == 200


def test_the_form_of_an_answer_is_judged_by_the_adapters_word(world, monkeypatch):
    monkeypatch.setattr(world.adapter, "envelope", False, raising=False)
    world.answers.append(module.Answer(200, {}, b"plain"))

    assert world.trial().ask(Outgoing("GET", "/"), "steady")[0].problems == []
    monkeypatch.setattr(world.adapter, "envelope", True, raising=False)
    world.answers.append(module.Answer(200, {}, b"plain"))
    assert world.trial().ask(Outgoing("GET", "/"), "steady")[0].problems == ["no JSON"]


def test_a_client_of_ones_own_is_closed_and_a_given_one_stays_open(world):
    trial = world.trial()
    (operation,) = trial.prepare(1)
    given = trial.client()

    trial.send(operation, "steady")
    trial.send(operation, "steady", given)

    assert world.open_clients == {given}
    assert given.timeout == world.lane.profile.budget + module.SPARE


# --- many at once
def test_all_are_sent_each_by_a_client_of_its_own(world):
    trial = world.trial()
    operations = trial.prepare(4)

    sending = trial.sending(operations)
    answers = sending.answers()

    assert [(one.operation, one.client, one.phase) for one in answers] == [
        (f"sale-{number}", number, "fault") for number in range(4)
    ]
    assert sending.done()
    assert sending.answers() == answers  # asked twice, sent once
    assert len(world.sent) == 4
    assert world.open_clients == set()


def test_what_a_client_broke_off_with_is_not_lost(world):
    trial = world.trial()
    operations = trial.prepare(2)

    def fail(outgoing):
        raise RuntimeError("broken adapter")

    world.on_send = fail
    with pytest.raises(RuntimeError, match="broken adapter"):
        trial.sending(operations).answers()


# --- faults and outages
def test_only_this_cases_firings_count_in_the_order_of_their_time(world):
    world.proxy.set_off("reset", "m1")
    trial = world.trial()

    world.proxy.set_off("reset", "m5")
    trial.fired("kill", "m1", "any moment")
    world.proxy.set_off("fin", "m4")

    assert [(one.fault, one.moment, one.where) for one in trial.firings()] == [
        ("reset", "m5", "COMMIT"),
        ("kill", "m1", "any moment"),
        ("fin", "m4", "COMMIT"),
    ]


def test_healing_without_a_fault_is_no_outage(world):
    trial = world.trial()

    trial.heal()

    assert (trial.notes.outages, trial.notes.healed) == ([], None)
    assert world.journal[-1] == "heal"


def test_each_outage_begins_with_its_own_first_fault(world):
    trial = world.trial()

    world.proxy.set_off("reset", "m5")
    world.proxy.set_off("reset", "m5")
    trial.heal()
    first = trial.firings()[0]
    world.time.sleep(3)
    trial.fired("refuse", "m1")
    trial.heal()
    later = trial.notes.firings[0]

    one, two = trial.notes.outages
    assert (one.began, two.began) == (first.t, later.t)
    assert first.t < one.ended < 3 < later.t < two.ended
    assert trial.notes.healed == two.ended


def test_healing_again_is_no_further_outage_and_moves_the_end(world):
    trial = world.trial()
    trial.fired("kill", "m1")
    trial.heal()
    (outage,) = trial.notes.outages

    trial.heal()

    assert trial.notes.outages == [outage]
    assert trial.notes.healed > outage.ended


def test_liveness_is_not_asked_of_a_service_that_the_case_killed(world):
    trial = world.trial()
    world.health = [Health(t=t, ms=500, status=200) for t in (0.0, 0.6, 1.5, 2.5, 3.5)]
    trial.notes.deaths.append(Outage(began=1.0, ended=3.0))

    assert [one.t for one in trial.case().health] == [0.0, 3.5]


def test_death_lasts_until_now(world):
    trial = world.trial()

    trial.service_died(0.25)

    (death,) = trial.notes.deaths
    assert death.began == 0.25
    assert death.ended == pytest.approx(trial.clock.now(), abs=0.002)


def test_controlled_is_what_the_database_is(world):
    trial = world.trial()

    assert trial.controlled
    world.control = None
    assert not trial.controlled


# --- afterwards
def test_recovery_is_noted_at_the_first_success(world):
    trial = world.trial()
    (operation,) = trial.prepare(1)
    world.answers += [REFUSED, LOST]

    trial.recover(operation)

    assert [(one.phase, one.outcome) for one in trial.notes.requests] == [
        ("recovery", "fail"), ("recovery", "unknown"), ("recovery", "ok"),
    ]  # fmt: skip
    assert trial.notes.recovered >= trial.notes.requests[-1].t
    assert world.open_clients == set()


def test_what_never_recovers_is_given_up(world):
    trial = world.trial()
    (operation,) = trial.prepare(1)
    world.always = REFUSED

    trial.recover(operation)

    assert trial.notes.recovered is None
    assert module.RECOVERY <= trial.clock.now() < module.RECOVERY + 1
    assert world.open_clients == set()


@pytest.mark.parametrize("what", ["transactions", "held"])
def test_the_books_are_read_once_nothing_is_on_its_way(world, what):
    trial = world.trial()
    if what == "transactions":
        world.restless = 3
    else:
        world.proxy.undelivered = 4

    books = trial.look("healed")

    assert (books.when, books.quiet) == ("healed", True)
    assert world.time.slept == [module.AGAIN] * 3
    assert trial.notes.books == [books]
    assert books.t >= 3 * module.AGAIN


def test_books_that_never_come_to_rest_say_so(world):
    trial = world.trial()
    world.restless = 100_000

    books = trial.look("settled")

    assert not books.quiet
    assert books.t >= module.QUIET


def test_the_books_are_of_all_operations(world):
    trial = world.trial()
    _, second = trial.prepare(2)

    trial.send(second, "steady")

    assert [one.operation for one in trial.look("settled").operations] == ["sale-1"]


def test_only_what_is_uncertain_is_sent_again_under_the_same_key_until_it_is_done(world):
    trial = world.trial()
    certain, lost, refused, _never_asked = trial.prepare(4, keys=lambda _: True)
    world.answers += [LOST, REFUSED]
    trial.send(lost, "fault")
    trial.send(refused, "fault")
    trial.send(certain, "fault")
    world.answers += [UNKNOWN]

    trial.settle()

    settled = [(one.operation, one.key, one.outcome) for one in trial.notes.requests if one.phase == "settle"]
    assert settled == [
        ("sale-1", "key-sale-1", "unknown"),
        ("sale-1", "key-sale-1", "ok"),
        ("sale-2", "key-sale-2", "ok"),
    ]


def test_what_never_settles_is_given_up(world):
    trial = world.trial()
    (operation,) = trial.prepare(1)
    world.always = LOST
    trial.send(operation, "fault")

    trial.settle()

    assert module.SETTLE <= trial.clock.now() < module.SETTLE + 1


# --- what is said
@pytest.mark.parametrize(
    ("expected", "actual", "given", "ok"),
    [(200, 200, None, True), (200, 503, None, False), ("many", 3, True, True), ("many", "many", False, False)],
)
def test_a_step_is_good_if_both_are_the_same_unless_it_is_said(world, expected, actual, given, ok):
    trial = world.trial()

    trial.step("A look", "查看", expected, actual, ok=given)

    (step,) = trial.case().steps
    assert (step.name.en, step.name.zh) == ("A look", "查看")
    assert (step.expected, step.actual, step.ok) == (str(expected), str(actual), ok)


def test_harm_that_could_not_be_done_fails_the_case(world):
    trial = world.trial()
    world.proxy.set_off("kill", "m3", problem="PermissionError: not yours")
    world.proxy.set_off("kill", "m3")

    (step,) = trial.case().steps

    assert (step.name.en, step.ok, step.actual) == ("The harm is done", False, "PermissionError: not yours")


def test_the_case_is_all_that_was_seen(world):
    one = spec(
        "Z", priority="P0", fault="kill", moment="m3", clients=2, profile="deployed", promptly=True, planned=(1, 2)
    )
    trial = world.trial(one, seed=11)
    first, second = trial.prepare(2)
    world.service.lines += ["try again 1", "of no interest", "try again 2"]
    trial.send(first, "steady")
    trial.fired("kill", "m3")
    trial.heal()
    trial.recover(second)
    books = trial.look("settled")

    case = trial.case()

    assert (case.id, case.title, case.kind, case.priority) == ("Z", one.title, "fault_tolerance", "P0")
    assert (case.fault, case.moment, case.clients, case.seed) == ("kill", "m3", 2, 11)
    assert (case.budget, case.promptly, case.planned, case.status) == (4.0, True, (1, 2), "passed")
    assert case.operations == ["sale-0", "sale-1"]
    assert case.requests == trial.notes.requests
    assert case.firings == trial.firings()
    assert (case.outages, case.healed, case.recovered) == (
        trial.notes.outages,
        trial.notes.healed,
        trial.notes.recovered,
    )
    assert case.books == [books]
    assert case.transitions == {"": ["paid"], "paid": []}
    assert case.logs == ["try again 1", "try again 2"]
    assert case.started == trial.started
    assert case.duration_ms == pytest.approx(trial.clock.now() * 1000, abs=5)


def test_requests_of_a_case_stand_in_the_order_in_which_they_were_sent(world):
    trial = world.trial()
    early, late = (trial.ask(Outgoing("GET", f"/{number}"), "steady")[0] for number in range(2))
    trial.notes.requests.reverse()

    assert trial.case().requests == [early, late]


def test_a_log_that_tells_much_is_cut_short(world):
    trial = world.trial()
    world.service.lines += ["try again"] * 500

    assert len(trial.case().logs) == module.LOG_LINES
