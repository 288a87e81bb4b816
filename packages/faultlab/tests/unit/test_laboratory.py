"""A run of cases: which go side by side, which alone and last, in which order they are told, and what the report says of the run."""

import threading
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import PackageNotFoundError

import pytest
from testdb import NotOursError

from faultlab import environment
from faultlab import laboratory as module
from faultlab.laboratory import Laboratory, RunRequest, new_seed, not_run, open_laboratory
from tests.unit.world import Shop, Time, World, spec


@pytest.fixture
def made(world):
    """A laboratory with two testbeds on one server."""
    wanted = RunRequest(world.adapter, "mariadb", "local", seed=11)
    return Laboratory(wanted, world.database, [world.testbed, World(Time()).testbed])


def ids(cases):
    return [case.id for case in cases]


def test_results_come_in_the_order_of_the_cases_whatever_ran_first(made):
    ran = []
    specs = [
        spec("A", ran.append, alone=True),
        spec("B", ran.append),
        spec("C", ran.append, control=True),
        spec("D", ran.append),
    ]
    told = []

    cases = made.run(specs, told.append)

    assert ids(cases) == ["A", "B", "C", "D"]
    assert {case.id for case in told[:2]} == {"B", "D"}
    assert ids(told[2:]) == ["A", "C"]
    assert [case_run.spec.id for case_run in ran[2:]] == ["A", "C"]
    assert {id(case) for case in told} == {id(case) for case in cases}


def test_cases_that_need_only_the_proxy_run_side_by_side_each_in_a_lane(made):
    meet, testbeds = threading.Barrier(2, timeout=10), []

    def run(case_run):
        testbeds.append(case_run.testbed)
        meet.wait()

    cases = made.run([spec(name, run) for name in "ABCD"])

    assert [case.status for case in cases] == ["void"] * 4  # nothing was sent
    assert {id(testbed) for testbed in testbeds[:2]} == {id(testbed) for testbed in made.testbeds}
    assert len(testbeds) == 4


def test_cases_that_others_would_notice_run_one_by_one_in_the_first_lane(made):
    running, most, testbeds = [], [], []

    def run(case_run):
        running.append(case_run)
        most.append(len(running))
        testbeds.append(case_run.testbed)
        running.remove(case_run)

    made.run([spec("A", run, alone=True), spec("B", run, control=True), spec("C", run, alone=True)])

    assert most == [1, 1, 1]
    assert {id(testbed) for testbed in testbeds} == {id(made.testbeds[0])}


def test_a_lane_is_free_again_after_a_case_that_breaks_off(made, world):
    def fail(case_run):
        raise NotOursError("a given server")

    cases = made.run([spec(name, fail) for name in "ABCDE"])

    assert [case.status for case in cases] == ["not_run"] * 5


def break_off(case_run):
    raise LookupError("no such order")


def test_a_case_that_breaks_off_has_failed_and_the_others_go_on(made):
    cases = made.run([spec("A", break_off), spec("B"), spec("C", break_off, alone=True), spec("D", alone=True)])

    assert [case.status for case in cases] == ["failed", "void", "failed", "void"]
    assert cases[0].reason.startswith("the case broke off: LookupError: no such order")


@pytest.mark.parametrize("what", [{"alone": True}, {"control": True}])
def test_the_server_is_whole_again_after_a_case_that_breaks_off(made, world, what):
    world.journal.clear()

    made.run([spec("A", break_off, **what)])

    assert world.journal == ["use quick", "heal", "resume", "start", "wait_ready", "read-only off"]


def test_a_server_that_others_use_is_left_alone_by_a_case_that_breaks_off(made, world):
    world.journal.clear()

    made.run([spec("A", break_off)])

    assert {"resume", "start"}.isdisjoint(world.journal)


def test_a_server_that_cannot_be_restored_is_the_next_cases_business(made, world, monkeypatch):
    monkeypatch.setattr(world.control, "start", lambda: break_off(None), raising=False)

    (case,) = made.run([spec("A", break_off, alone=True)])

    assert case.status == "failed"


def test_a_case_is_judged_with_the_laboratorys_seed_and_slack(world, monkeypatch):
    seen = []
    monkeypatch.setattr(module, "judged", lambda case, slack: seen.append((case, slack)) or case)
    wanted = RunRequest(world.adapter, "mariadb", "local", seed=11, slack=3.0)

    (case,) = Laboratory(wanted, world.database, [world.testbed]).run([spec("A")])

    assert seen == [(case, 3.0)]
    assert case.seed == 11


def test_a_case_whose_fault_does_not_come_is_void_and_fails_the_run(made):
    (case,) = made.run([spec("A", fault="reset", moment="m5", planned=(1, 1))])

    assert case.status == "void"
    assert "I10" in case.reason
    assert not made.report([case]).summary.ok


@pytest.mark.parametrize("run", [lambda case_run: None, lambda case_run: (_ for _ in ()).throw(NotOursError("no"))])
def test_the_proxy_is_healed_whatever_happens(made, world, run):
    world.journal.clear()

    made.run([spec("A", run, alone=True)])

    assert world.journal == ["use quick", "heal"]


def test_without_control_such_cases_are_not_run_and_say_why(world):
    world.control = None
    ran = []
    wanted = RunRequest(world.adapter, "mariadb", "mysql://a.b", seed=11)

    cases = Laboratory(wanted, world.database, [world.testbed]).run(
        [spec("A", ran.append, control=True), spec("B", ran.append, alone=True)]
    )

    assert [case.status for case in cases] == ["not_run", "void"]
    assert cases[0].reason == "the database's server is not the laboratory's to kill or to freeze"
    assert [case_run.spec.id for case_run in ran] == ["B"]


def test_what_is_not_ours_to_do_is_not_run_with_the_servers_reason(made):
    def read_only(case_run):
        raise NotOursError("read_only would hit others")

    (case,) = made.run([spec("A", read_only, alone=True)])

    assert (case.status, case.reason) == ("not_run", "read_only would hit others")


def test_a_case_that_is_not_run_keeps_what_it_is():
    one = spec("A", kind="functional", priority="P0", fault="kill", moment="m3", clients=4)

    case = not_run(one, 5, "because")

    assert (case.id, case.title, case.kind, case.priority) == ("A", one.title, "functional", "P0")
    assert (case.fault, case.moment, case.clients, case.seed) == ("kill", "m3", 4, 5)
    assert (case.status, case.reason, case.duration_ms, case.requests) == ("not_run", "because", 0, [])
    assert datetime.fromisoformat(case.started).utcoffset().total_seconds() == 0


# --- the report
def test_the_report_says_where_and_how_it_ran(made, monkeypatch):
    def version(name):
        if name == "flask":
            raise PackageNotFoundError
        return f"{name} 1.0"

    monkeypatch.setattr(environment, "version", version)
    cases = made.run([spec("A", lambda run: run.send(*run.prepare(1), "steady")), spec("B", planned=(1, 1))])

    report = made.report(cases)

    assert report.cases == cases
    assert (report.summary.passed, report.summary.void, report.summary.ok) == (0, 1, False)
    where = report.environment
    assert (where.database, where.version, where.way, where.service) == ("mariadb", "1.2.3", "local", "shop")
    assert where.settings == {
        "deployed: TRIES": "3", "deployed: answer within": "4.0 s", "quick: TRIES": "1", "quick: answer within": "2.0 s",
    }  # fmt: skip
    assert where.versions.keys() == {"python", "sqlalchemy", "pymysql", "psycopg"}
    assert where.cores >= 1
    assert report.run.seed == 11
    assert report.run.id.endswith("-11")
    assert report.run.id[:8] == report.run.started[:10].replace("-", "")
    assert 0 <= report.run.duration_s < 60


def test_a_new_seed_is_another_one():
    seeds = {new_seed() for _ in range(20)}

    assert len(seeds) > 15
    assert all(0 < seed < 1_000_000 for seed in seeds)


# --- opening
class Server:
    """A database that makes others."""

    def __init__(self, name):
        self.name = name

    def other_database(self, name):
        return Server(name)


@pytest.fixture
def opened(monkeypatch):
    """What was opened and closed, in order."""
    journal = []

    @contextmanager
    def open_database(kind, way, *, say):
        say("starting")
        journal.append(f"{kind} {way}")
        yield Server("main")
        journal.append("database closed")

    @contextmanager
    def open_testbed(adapter, database):
        journal.append(f"testbed on {database.name}")
        yield database.name
        journal.append(f"{database.name} closed")

    monkeypatch.setattr(module, "open_database", open_database)
    monkeypatch.setattr(module, "open_testbed", open_testbed)
    return journal


@pytest.mark.parametrize(("testbeds", "names"), [(1, ["main"]), (3, ["main", "faultlab_1", "faultlab_2"])])
def test_each_lane_has_a_database_of_its_own_and_all_are_closed(opened, testbeds, names):
    said = []
    wanted = RunRequest(Shop(), "mysql", "docker", seed=1, testbeds=testbeds)

    with open_laboratory(wanted, said.append) as laboratory:
        assert laboratory.testbeds == names
        assert opened == ["mysql docker", *(f"testbed on {name}" for name in names)]
        opened.clear()

    assert opened == [*(f"{name} closed" for name in reversed(names)), "database closed"]
    assert said == ["starting"]
    assert laboratory.wanted is wanted
