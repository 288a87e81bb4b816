"""Random faults: the seed chooses them, each one can be done, and the load under them ends whatever happens."""

import re
import threading

import pytest

from faultlab.cases import chaos
from faultlab.proxy import At, How
from tests.unit.world import LOST, spec

SEEDS = range(40)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Operations are made ready by the dozen."""
    monkeypatch.setattr(chaos, "CHUNK", 12)
    monkeypatch.setattr(chaos, "LOW", 6)


def blows(world, seed, count=20):
    """What this seed does, as the journal tells it."""
    case_run = world.case_run(spec("CHAOS"), seed=seed)
    del world.journal[:], world.proxy.rules[:], world.time.slept[:]
    for _ in range(count):
        chaos._one_fault(case_run)
    rules = [(one.at, one.how, one.moment, one.times, one.seconds, one.count) for one in world.proxy.rules]
    return [*world.journal], rules, [*world.time.slept]


def test_the_same_seed_strikes_the_same_blows_and_another_one_others(world):
    assert blows(world, 1) == blows(world, 1) != blows(world, 2)


def test_every_blow_can_be_done_and_all_of_them_come(world):
    seen = set()

    for seed in SEEDS:
        _, rules, _ = blows(world, seed)
        seen |= {(how, moment) for _, how, moment, *_ in rules}

    both = [How.RESET, How.FIN, How.STALL]
    assert seen == {(how, moment) for how in both for moment in ("m2", "m3", "m4", "m5", "m7")} | {
        (How.CUT, "m2"), (How.CUT, "m4"), (How.CUT, "m5"), (How.HOLD, "m6"),
    }  # fmt: skip


def test_rules_are_as_random_as_they_may_be(world):
    rules = [rule for seed in SEEDS for rule in blows(world, seed)[1]]

    wire, late = ([one for one in rules if (one[1] is How.HOLD) is held] for held in (False, True))
    assert {times for *_, times, _, _ in wire} == {1, 2, 3, 4}
    assert {(how is How.CUT, count) for _, how, *_, count in wire} == {(True, 5), (False, 0)}
    assert all(0.2 <= seconds <= 3 for *_, seconds, _ in late)
    assert {times for *_, times, _, _ in late} == {2}


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        ("kill", ["kill", "start", "wait_ready", "heal"]),
        ("freeze", ["pause", "resume", "wait_ready", "heal"]),
        ("refuse", ["refuse", "heal"]),
        ("cut-all", [r"strike (reset|fin) cut-all m1", "heal"]),
    ],
)
def test_what_a_fault_does_is_taken_back(world, monkeypatch, fault, done):
    monkeypatch.setattr(chaos, "CHAOS_FAULTS", [one for one in chaos.CHAOS_FAULTS if one.name == fault])
    case_run = world.case_run()
    del world.journal[:]

    chaos._one_fault(case_run)

    assert [re.fullmatch(*both) is not None for both in zip(done, world.journal, strict=True)] == [True] * len(done)
    (firing,) = case_run.firings()
    assert (firing.fault, firing.moment) == (fault, "m1")
    (outage,) = case_run.notes.outages
    assert outage.began == firing.t <= outage.ended


def test_a_server_that_is_not_ours_is_neither_killed_nor_frozen(world):
    world.control = None

    for seed in SEEDS:
        journal, _, _ = blows(world, seed)
        assert not {"kill", "pause"} & set(journal)


def test_each_blow_comes_about_as_often_as_its_weight_says(world):
    journal = [line for seed in SEEDS for line in blows(world, seed)[0]]

    kills, refusals = journal.count("kill"), journal.count("refuse")
    assert 0.3 < kills / refusals < 0.75  # 1 to 2
    assert 0.6 < journal.count("pause") / kills < 1.6


# --- the case
@pytest.mark.parametrize(
    ("minutes", "least", "title"), [(0.05, 1, "0.05"), (0.5, 2, "0.5"), (2.0, 8, "2"), (5, 20, "5")]
)
def test_the_spec_of_so_many_minutes(minutes, least, title):
    made = chaos.spec(minutes, 8)

    assert (made.id, made.fault, made.clients, made.alone, made.priority) == ("CHAOS", "chaos", 8, True, "P0")
    assert made.planned == (least, None)
    assert title in made.title.en
    assert title in made.title.zh


def test_the_case_sends_for_so_long_and_counts_at_the_end(world):
    made = chaos.spec(0.2, 3)
    case_run = world.case_run(made)

    made.run(case_run)

    phases = [one.phase for one in case_run.notes.requests]
    assert phases[0] == "steady"
    assert "fault" in phases
    assert phases[-1] == "recovery"  # nothing was uncertain, so nothing is settled
    assert [one.when for one in case_run.notes.books] == ["healed", "settled"]
    assert case_run.clock.now() >= 12
    last = case_run.notes.steps[-1]
    assert (last.name.en, last.expected, last.ok) == ("Acknowledged operations", "at least 1", True)
    assert int(last.actual) == len({one.operation for one in case_run.notes.requests})
    assert world.open_clients == set()


def test_a_run_in_which_nothing_was_acknowledged_fails(world):
    made = chaos.spec(0.01, 1)
    world.always = LOST
    case_run = world.case_run(made)

    made.run(case_run)

    assert (case_run.notes.steps[-1].actual, case_run.notes.steps[-1].ok) == ("0", False)


def test_the_load_ends_also_if_a_blow_fails(world, monkeypatch):
    def fail(_):
        raise RuntimeError("the server does not start")

    monkeypatch.setattr(chaos, "CHAOS_FAULTS", [chaos.ChaosFault("bad", 1, fail)])
    before = threading.active_count()

    with pytest.raises(RuntimeError, match="does not start"):
        chaos.spec(1, 2).run(world.case_run(chaos.spec(1, 2)))

    assert threading.active_count() == before
    assert world.open_clients == set()


# --- the load
def wait_until(condition):
    for _ in range(500):
        if condition():
            return
        threading.Event().wait(0.01)
    raise TimeoutError


def test_a_client_tries_an_operation_a_few_times_and_goes_on(world):
    case_run = world.case_run(spec("CHAOS", clients=1))
    world.answers += [LOST] * (chaos.PATIENCE + 2)

    with chaos.Load(case_run):
        wait_until(lambda: len(case_run.notes.requests) > chaos.PATIENCE + 3)

    asked = [one.operation for one in sorted(case_run.notes.requests, key=lambda one: one.t)]
    assert asked[: chaos.PATIENCE] == ["sale-0"] * chaos.PATIENCE
    assert asked[chaos.PATIENCE : chaos.PATIENCE + 4] == ["sale-1"] * 3 + ["sale-2"]
    assert {(one.phase, one.client) for one in case_run.notes.requests} == {("fault", 0)}


def test_clients_have_numbers_and_no_operation_is_given_to_two(world):
    case_run = world.case_run(spec("CHAOS", clients=3))
    all_of_them, met = threading.Barrier(3, timeout=10), threading.Event()

    def meet(outgoing):
        if not met.is_set():
            all_of_them.wait()
            met.set()

    world.on_send = meet
    with chaos.Load(case_run):
        wait_until(met.is_set)

    assert {one.client for one in case_run.notes.requests} == {0, 1, 2}
    asked = [one.operation for one in case_run.notes.requests]
    assert len(asked) == len(set(asked))


def test_more_operations_are_made_before_they_run_out(world):
    case_run = world.case_run(spec("CHAOS", clients=1))

    with chaos.Load(case_run):
        wait_until(lambda: len(case_run.notes.requests) > 30)

    assert len(case_run.operations) % 12 == 0
    assert len(case_run.operations) >= 36


def test_no_more_are_made_than_may_be_needed_soon(world):
    case_run = world.case_run(spec("CHAOS", clients=0))

    with chaos.Load(case_run):
        threading.Event().wait(3 * chaos.PAUSE)

    assert len(case_run.operations) == 12


def test_whoever_makes_operations_survives_an_outage(world, monkeypatch):
    case_run = world.case_run(spec("CHAOS", clients=1))
    load = chaos.Load(case_run)
    real, failed = case_run.prepare, []

    def prepare(count):
        if len(failed) < 2:
            failed.append(count)
            raise OSError("the database is away")
        return real(count)

    monkeypatch.setattr(case_run, "prepare", prepare)
    with load:
        wait_until(lambda: len(case_run.notes.requests) > 13)

    assert failed == [12, 12]


def test_a_client_that_breaks_off_is_not_lost_in_silence(world):
    case_run = world.case_run(spec("CHAOS", clients=2))

    def fail(outgoing):
        raise RuntimeError("broken adapter")

    world.on_send = fail
    with pytest.raises(RuntimeError, match="broken adapter"), chaos.Load(case_run):
        wait_until(lambda: len(world.sent) == 2)

    assert world.open_clients == set()


def test_moments_of_random_breaks_are_those_of_a_first_request():
    assert chaos.MOMENTS == ("m2", "m3", "m4", "m5", "m7")
    assert {chaos.POINTS[name].at for name in ("m3", "m7")} == {At.AFTER}  # where nothing is left to be cut
