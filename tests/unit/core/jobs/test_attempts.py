"""What becomes of a claimed job: done with what it wrote, tried again later, dead; nobody ends another's."""

from dataclasses import replace

import pytest

from backend.core import clock, jobs
from backend.core.db import db
from backend.core.errors import DatabaseUnavailableError
from backend.core.jobs import attempts, claims
from backend.core.jobs.model import JobRow
from backend.core.observability import log_context
from tests.unit.core.jobs.conftest import KIND, twice
from tests.unit.core.support import database_error


def failing(error=None):
    def run(_):
        raise error or RuntimeError("no luck, password=hunter2hunter2")

    return run


@pytest.fixture
def seconds_left(stored):
    return lambda job_id: (stored(job_id).due_at - clock.utcnow()).total_seconds()


class TestDone:
    def test_is_run_once_with_its_payload(self, enqueue, kind, work, stored, ran):
        kind()
        job_id = enqueue(n=1, owner=7, group="g", key="k")

        assert work() == {"done": 1}
        assert work() == {}

        (job,) = ran
        assert (job.id, job.payload, job.attempt, job.tries) == (job_id, {"n": 1}, 1, 1)
        assert (job.owner, job.group, job.key, job.stopping()) == (7, "g", "k", False)
        assert (stored(job_id).state, stored(job_id).last_error) == ("done", "")
        assert stored(job_id).finished_at >= stored(job_id).started_at >= stored(job_id).created_at

    def test_what_the_handler_wrote_is_stored_with_its_end(self, enqueue, kind, work, stored):
        kind(run=lambda job: jobs.enqueue(KIND, {"by": job.id}, delay=60))
        job_id = enqueue()

        assert work() == {"done": 1}
        assert stored(job_id + 1).payload == f'{{"by": {job_id}}}'

    def test_what_a_failed_handler_wrote_is_undone(self, app, enqueue, kind, work):
        def run(_):
            jobs.enqueue(KIND, {})
            raise RuntimeError

        kind(run=run)
        enqueue()

        assert work() == {"retry": 1}
        with app.app_context():
            assert db.session.scalar(db.select(db.func.count()).select_from(JobRow)) == 1

    def test_what_an_overtaken_handler_wrote_is_undone(self, enqueue, kind, work, stored, change, log_lines):
        def run(job):
            change(job.id, attempts=2)
            jobs.enqueue(KIND, {}, key="never")

        kind(run=run)
        job_id = enqueue()

        assert work() == {"lost": 1}
        assert (stored(job_id).state, stored(job_id).attempts) == ("running", 2)
        assert "jobs.claim_lost" in [line["event"] for line in log_lines]

    def test_lease_that_ran_out_is_no_reason_to_throw_the_work_away(self, enqueue, kind, work, stored, change):
        kind(run=lambda job: change(job.id, state="waiting"))
        job_id = enqueue()

        assert work() == {"done": 1}
        assert stored(job_id).state == "done"


class TestFailure:
    def test_is_put_off_longer_and_longer_then_dead(self, enqueue, kind, work, stored, change, seconds_left, log_lines):
        kind(run=failing(), retries=twice(4))
        job_id, pauses = enqueue(key="k"), []
        for _ in range(3):
            assert work() == {"retry": 1}
            assert work() == {}
            pauses.append(seconds_left(job_id))
            change(job_id, due_at=clock.utcnow())

        assert pauses == [pytest.approx(wanted, abs=3) for wanted in (5, 10, 20)]
        assert (stored(job_id).state, stored(job_id).attempts, stored(job_id).open_key) == ("scheduled", 3, "k")
        assert stored(job_id).last_error == "RuntimeError: no luck, password=***"
        assert work() == {"dead": 1}
        assert (stored(job_id).state, stored(job_id).attempts, stored(job_id).open_key) == ("dead", 4, None)
        assert [line["event"] for line in log_lines if line["log_level"] == "error"] == ["jobs.dead"]

    def test_permanent_error_is_dead_at_once(self, enqueue, kind, work, stored):
        kind(run=failing(jobs.PermanentError("the file is encrypted")))
        job_id = enqueue()

        assert work() == {"dead": 1}
        assert (stored(job_id).state, stored(job_id).last_error) == ("dead", "the file is encrypted")

    def test_dead_one_tells_its_module_in_the_same_transaction(self, enqueue, kind, work, stored):
        told = []
        kind(
            run=failing(jobs.PermanentError("no")),
            on_dead=lambda job, why: told.append((job.id, why, db.session.get(JobRow, job.id).state)),
        )
        job_id = enqueue()

        work()

        assert told == [(job_id, "no", "dead")]

    @pytest.mark.parametrize(("expected", "shown"), [((), True), ((RuntimeError,), False)])
    def test_traceback_is_logged_unless_the_error_is_expected(self, enqueue, kind, work, log_lines, expected, shown):
        kind(run=failing(), expected=expected)
        enqueue()

        work()

        (line,) = [line for line in log_lines if line["event"] == "jobs.failed"]
        assert (line["exc_info"] is not None) is shown

    def test_worker_that_is_killed_each_time_is_not_fed_for_ever(self, enqueue, kind, work, stored, change, ran):
        kind(retries=twice())
        job_id = enqueue()
        for _ in range(2):
            assert killed(work, kind) == 1
            change(job_id, due_at=clock.utcnow())

        assert work() == {"dead": 1}
        assert ran == []
        assert stored(job_id).last_error == attempts.ABANDONED

    def test_database_that_is_away_at_the_end_leaves_it_to_the_lease(
        self, enqueue, kind, work, stored, fails, log_lines, monkeypatch
    ):
        kind(run=failing())
        job_id = enqueue()
        fails(attempts, "_put_off", always=DatabaseUnavailableError())
        monkeypatch.setattr(attempts, "ENDING", replace(attempts.ENDING, first_pause=0))

        assert work() == {"lost": 1}
        assert stored(job_id).state == "running"
        assert "jobs.end_not_written" in [line["event"] for line in log_lines]

    def test_outage_while_the_end_is_written_is_waited_for(self, enqueue, kind, work, fails, monkeypatch, ran):
        kind()
        enqueue()
        monkeypatch.setattr(attempts, "ENDING", replace(attempts.ENDING, first_pause=0))
        left = fails(jobs.Job, "change", DatabaseUnavailableError(), database_error(2003, "Can't connect"))

        assert work() == {"done": 1}
        assert (left, len(ran)) == ([], 1)

    def test_overtaken_one_is_not_put_off(self, enqueue, kind, work, stored, change):
        def run(job):
            change(job.id, attempts=2)
            raise RuntimeError

        kind(run=run)
        job_id = enqueue()

        assert work() == {"lost": 1}
        assert (stored(job_id).state, stored(job_id).last_error) == ("running", "")


def killed(work, kind):
    """How many jobs a worker had that was killed right after it claimed them."""

    class KilledError(BaseException):
        pass

    def kill(_):
        raise KilledError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(attempts, "run", kill)
        with pytest.raises(KilledError):
            work()
    return 1


class TestLease:
    def test_heartbeat_renews_it(self, enqueue, kind, work, seconds_left, time_passes):
        def run(job):
            time_passes(seconds=50)
            job.heartbeat()
            left.append(seconds_left(job.id))

        left = []
        kind(run=run, lease_seconds=60)
        enqueue()

        work()

        assert left == [pytest.approx(60, abs=3)]

    def test_heartbeat_in_the_middle_of_a_transaction_is_refused(self, enqueue, kind, work, stored):
        def run(job):
            db.session.execute(db.select(1))
            job.heartbeat()

        kind(run=run)
        job_id = enqueue()

        assert work() == {"retry": 1}
        assert stored(job_id).last_error.startswith("OpenTransactionError")

    def test_fence_lets_a_step_be_written_under_this_claim_alone(self, enqueue, kind, work, stored, change):
        def run(job):
            job.fence()
            db.session.execute(db.update(JobRow).values(request_id="first"))
            db.session.commit()
            change(job.id, attempts=5)
            job.fence()

        kind(run=run)
        job_id = enqueue()

        assert work() == {"lost": 1}
        assert stored(job_id).request_id == "first"


class TestRequestId:
    """Log lines, calls to partners and further jobs carry the id of the request that asked for the job."""

    def test_of_the_request_goes_with_the_job(self, app, kind, work, stored, enqueue, log_lines):
        seen = []
        kind(run=lambda job: seen.append((log_context.fields(), log_context.request_id())))
        with app.test_request_context():
            from flask import g

            g.request_id = "request-1"
            job_id = jobs.enqueue(KIND, {})
            db.session.commit()

        work()

        assert stored(job_id).request_id == "request-1"
        assert seen == [({"job": job_id, "kind": KIND, "attempt": 1, "request_id": "request-1"}, "request-1")]
        assert log_context.fields() == {}

    def test_without_a_request_there_is_none(self, enqueue, kind, work):
        seen = []
        kind(run=lambda _: seen.append(log_context.fields().get("request_id", "none")))
        enqueue()

        work()

        assert seen == ["none"]


class TestClaims:
    def test_held_job_is_nobody_elses_until_its_lease_is_over(self, session, kind, enqueue, time_passes, log_lines):
        made = kind(lease_seconds=60, batch=2)
        enqueue()
        enqueue()

        first = claims.claim(made, 2)
        assert [job.attempt for job in first] == [1, 1]
        assert claims.claim(made, 2) == []
        time_passes(seconds=119)
        assert claims.release_overdue() == 0  # long enough for both, one after the other
        time_passes(seconds=121)

        assert claims.release_overdue() == 2
        assert [(job.attempt, job.tries) for job in claims.claim(made, 2)] == [(2, 2), (2, 2)]
        assert [line["event"] for line in log_lines].count("jobs.lease_over") == 2

    def test_one_that_was_given_back_was_not_tried(self, session, kind, enqueue):
        made = kind()
        enqueue()
        claims.give_back(claims.claim(made, 1))
        claims.give_back([])

        (job,) = claims.claim(made, 1)

        assert (job.attempt, job.tries) == (2, 1)

    def test_where_rows_cannot_be_locked_the_number_of_attempts_decides(self, session, kind, enqueue, monkeypatch):
        made, real = kind(), claims.jobs.claimable
        for _ in range(3):
            enqueue()

        def claimable(*words, **named):
            found = real(*words, **named)
            db.session.execute(db.text("UPDATE jobs SET attempts = 1"))
            return found

        monkeypatch.setattr(claims, "lockable", lambda: False)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(claims.jobs, "claimable", claimable)
            assert claims.claim(made, 1) == []

        assert len(claims.claim(made, 1)) == 1
        assert [job.attempt for job in claims.claim(made, 5)] == [2, 2]

    def test_handed_job_is_begun_once_and_under_its_attempt_alone(self, session, kind, enqueue):
        made = kind()
        enqueue(n=1)
        (handed,) = claims.claim(made, 1, state="handed", seconds=600)

        assert claims.begin(handed.id, 7) is None
        assert claims.begin(handed.id + 1, 1) is None
        assert claims.begin(handed.id, 1) == handed
        assert claims.begin(handed.id, 1) is None

    def test_handed_job_that_nobody_begins_waits_again_and_was_not_tried(self, session, kind, enqueue, time_passes):
        made = kind()
        enqueue()
        (handed,) = claims.claim(made, 1, state="handed", seconds=600)
        time_passes(seconds=601)

        assert claims.release_overdue() == 1
        assert claims.begin(handed.id, 1) is None
        (again,) = claims.claim(made, 1)
        assert (again.attempt, again.tries) == (2, 1)

    @pytest.mark.parametrize(
        ("name", "server", "expected"),
        [("mysql", "8.0.11-TiDB-v8.5.0", False), ("mysql", "8.4.3", True), ("sqlite", "", True)],
    )
    def test_rows_are_locked_where_the_database_passes_over_locked_ones(
        self, session, monkeypatch, name, server, expected
    ):
        class Connection:
            dialect = type("D", (), {"name": name})
            connection = type("C", (), {"dbapi_connection": type("B", (), {"get_server_info": lambda: server})})

        monkeypatch.setattr(db.session(), "connection", lambda: Connection)

        assert claims.lockable() is expected


class TestGroups:
    """One at a time, in the order in which they were stored."""

    def test_later_one_waits_for_an_earlier_one_also_in_a_batch(self, enqueue, kind, work, ran):
        kind(batch=5)
        for number in range(3):
            enqueue(n=number, group="g")

        assert work() == {"done": 3}
        assert [job.payload["n"] for job in ran] == [0, 1, 2]

    def test_later_one_is_not_claimed_beside_an_earlier_one(self, session, enqueue, kind):
        made = kind()
        first, _, other = enqueue(group="g"), enqueue(group="g"), enqueue(group="h")

        assert [job.id for job in claims.claim(made, 5)] == [first, other]
        assert claims.claim(made, 5) == []

    def test_later_one_waits_while_an_earlier_one_is_put_off(self, session, enqueue, kind, change):
        made = kind()
        first, second = enqueue(group="g"), enqueue(group="g")
        change(first, state="scheduled")

        assert claims.claim(made, 5) == []
        change(first, state="dead")
        assert [job.id for job in claims.claim(made, 5)] == [second]

    def test_dead_one_that_was_revived_waits_for_the_one_that_runs(self, session, enqueue, kind, change):
        made = kind()
        first, second = enqueue(group="g"), enqueue(group="g")
        change(first, state="dead")
        claims.claim(made, 5)
        change(first, state="waiting")

        assert claims.claim(made, 5) == []
        change(second, state="done")
        assert [job.id for job in claims.claim(made, 5)] == [first]


def test_turn_decides_then_the_order_of_storing(session, enqueue, kind):
    made = kind()
    ids = [enqueue(owner=owner) for owner in (1, 1, 1, 2)]

    assert [claims.claim(made, 1)[0].id for _ in ids] == [ids[0], ids[3], ids[1], ids[2]]
