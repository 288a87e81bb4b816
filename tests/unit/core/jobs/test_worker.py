"""The worker: threads that run what it claims, a stop that loses nothing, a database that goes away, kinds with limits of their own."""

import threading

import pytest

from backend.core import clock, jobs
from backend.core.db import db
from backend.core.errors import DatabaseUnavailableError
from backend.core.jobs import attempts, claims, periodic, setup, wake_up
from backend.core.jobs import worker as worker_module
from backend.core.jobs.model import JobRow
from backend.core.jobs.worker import Worker
from tests.framework.waiting import HANG, eventually
from tests.unit.core.jobs.conftest import KIND
from tests.unit.core.support import database_error

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def app(build, tmp_path):
    """An application with a database file, for threads: they wait for the write lock of each other."""
    app = build(database_url=f"sqlite:///{tmp_path / 'test.sqlite3'}", jobs_poll_seconds=0.02, jobs_drain_seconds=0.2)
    with app.app_context():
        db.create_all()
    return app


@pytest.fixture
def real_commits():
    """So that nobody puts all threads on one connection; the file goes with the test."""


@pytest.fixture
def started(app):
    """`started(threads=2)`: a worker in threads of its own, stopped at the end."""
    workers = []

    def start(threads=1, kinds=(KIND,)):
        workers.append(Worker(app, threads, kinds))
        workers[-1].start()
        return workers[-1]

    yield start
    for one in workers:
        one.stop()
        one.join()


def states(app):
    with app.app_context():
        return db.session.scalars(db.select(JobRow.state).order_by(JobRow.id)).all()


def test_runs_what_is_stored_until_it_is_stopped(app, kind, enqueue, started, ran):
    kind()
    worker = started()
    worker.start()  # a second time does nothing
    for number in range(5):
        enqueue(n=number)

    eventually(lambda: states(app) == ["done"] * 5, "all jobs are done")

    worker.stop()
    worker.join()
    assert [job.payload["n"] for job in ran] == [0, 1, 2, 3, 4]
    enqueue()
    assert states(app)[-1] == "waiting"


def test_two_workers_run_each_job_once(app, kind, enqueue, started, ran):
    kind()
    for number in range(40):
        enqueue(n=number)

    started(threads=2)
    started(threads=2)

    eventually(lambda: states(app) == ["done"] * 40, "all jobs are done")
    assert sorted(job.payload["n"] for job in ran) == [*range(40)]


def test_kind_with_a_limit_leaves_threads_to_others(app, kind, enqueue, started, ran):
    go_on = threading.Event()
    kind("tests.slow", run=lambda _: go_on.wait(HANG), concurrency=1)
    kind()
    for _ in range(3):
        enqueue("tests.slow")
    enqueue()

    started(threads=2, kinds=("tests.slow", KIND))

    eventually(lambda: states(app)[-1] == "done", "the quick job is done")
    assert states(app)[:3].count("running") == 1
    go_on.set()
    eventually(lambda: states(app) == ["done"] * 4, "all jobs are done")


def test_kind_that_is_not_enabled_waits(app, kind, enqueue, ran):
    kind(enabled=lambda: False)
    enqueue()

    assert Worker(app, 1, [KIND]).run_due() == {}
    assert states(app) == ["waiting"]


def test_worker_that_was_never_started_can_be_stopped(app, kind, enqueue):
    kind()
    enqueue()
    worker = Worker(app, 1, [KIND])

    worker.stop()
    worker.join()

    assert states(app) == ["waiting"]


def test_stop_lets_the_running_job_end_and_gives_the_rest_of_the_batch_back(app, kind, enqueue, started):
    begun, go_on = threading.Event(), threading.Event()

    def run(job):
        begun.set()
        go_on.wait(HANG)
        told.append(job.stopping())

    told = []
    kind(run=run, batch=3)
    for _ in range(3):
        enqueue()
    worker = started()
    begun.wait(HANG)

    worker.stop()
    go_on.set()
    worker.join()

    assert told == [True]
    assert states(app) == ["done", "waiting", "waiting"]
    with app.app_context():
        assert db.session.scalars(db.select(JobRow.attempts_before)).all() == [0, 1, 1]


def test_job_that_does_not_end_in_time_is_given_back_and_its_claim_is_lost(app, kind, enqueue, started, log_lines):
    begun, go_on = threading.Event(), threading.Event()
    kind(run=lambda _: (begun.set(), go_on.wait(HANG), jobs.enqueue(KIND, {})))
    enqueue()
    worker = started()
    begun.wait(HANG)

    worker.stop()
    worker.join()

    assert states(app) == ["waiting"]
    with app.app_context():
        (again,) = claims.claim(worker._kinds[0], 1)
        assert (again.attempt, again.tries) == (2, 1)
    go_on.set()
    eventually(lambda: worker.ended["lost"] == 1, "the first attempt has ended")
    assert states(app) == ["running"]


def test_database_that_goes_away_is_waited_for(app, kind, enqueue, started, fails, log_lines):
    kind()
    errors = [database_error(2013, "Lost connection"), DatabaseUnavailableError(), ValueError("a mistake of ours")]
    left = fails(claims, "is_anything_due", *errors)

    enqueue()
    started()

    eventually(lambda: states(app) == ["done"], "the job is done")
    assert left == []
    seen = [line["event"] for line in log_lines]
    assert seen.count("jobs.database_away") == 2
    assert seen.count("jobs.look_failed") == 1


def test_database_that_is_away_at_the_stop_does_not_keep_it(app, kind, enqueue, started, fails, log_lines):
    begun, go_on = threading.Event(), threading.Event()
    kind(run=lambda _: (begun.set(), go_on.wait(HANG)))
    enqueue()
    worker = started()
    begun.wait(HANG)
    fails(claims, "give_back", always=DatabaseUnavailableError())

    worker.stop()
    worker.join()
    go_on.set()

    assert "jobs.not_given_back" in [line["event"] for line in log_lines]


def test_mistake_in_a_policy_does_not_end_a_thread(app, kind, enqueue, started):
    kind("tests.broken", retries=lambda: 1 / 0)
    kind()
    enqueue("tests.broken")
    enqueue()

    worker = started(kinds=("tests.broken", KIND))

    eventually(lambda: states(app)[1] == "done", "the other job is done")
    eventually(lambda: worker.ended["lost"] == 1, "the broken one has ended")


def test_looks_for_periodic_jobs(app, kind, monkeypatch):
    looked = []
    monkeypatch.setattr(periodic, "enqueue_due", lambda: looked.append(clock.utcnow()))
    kind()

    assert Worker(app, 1, [KIND]).look() is False
    assert len(looked) == 1


def test_unknown_kind_is_refused(app):
    with pytest.raises(LookupError, match=r"tests\.nobody.*jobs\.purge"):
        Worker(app, 1, ["tests.nobody"])


def test_thread_waits_for_nothing_else_while_all_are_busy(app, kind, enqueue, monkeypatch):
    kind()
    enqueue()
    worker = Worker(app, 1, [KIND])
    assert worker.look() is True
    monkeypatch.setattr(claims, "is_anything_due", lambda _: pytest.fail("the database was asked"))

    assert worker.look() is False


class TestInThisProcess:
    @pytest.mark.parametrize(
        ("changes", "works"),
        [
            ({"jobs_in_process": True}, True),
            ({"jobs_in_process": False}, False),
            ({}, False),
            ({"app_env": "development"}, True),
        ],
    )
    def test_where_the_settings_say_so(self, app, settings, monkeypatch, changes, works):
        begun = []
        monkeypatch.setattr(worker_module.Worker, "run", lambda _: begun.append(1))

        setup.start(app, settings.model_copy(update=changes))

        setup.stop(app)
        assert bool(begun) is works

    def test_wake_up_is_the_applications(self, app):
        app.extensions[wake_up.EXTENSION].clear()
        with app.app_context():
            wake_up.wake()

        assert app.extensions[wake_up.EXTENSION].is_set()


def test_attempt_that_is_measured_is_counted(app, kind, enqueue):
    kind()
    before = attempts.metrics.FINISHED.labels(KIND, "done")._value.get()
    enqueue()

    Worker(app, 1, [KIND]).run_due()

    assert attempts.metrics.FINISHED.labels(KIND, "done")._value.get() == before + 1
