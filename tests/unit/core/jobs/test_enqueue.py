"""Asking for a job: a row in the caller's transaction, once for each open key, in a fair turn; bad input is refused."""

import math

import pytest

from backend.core import clock, jobs
from backend.core.db import db
from backend.core.errors import DuplicateError
from backend.core.jobs import queue, wake_up
from backend.core.jobs.model import JobRow
from tests.framework.tables import table
from tests.unit.core.jobs.conftest import KIND


def number_of_jobs():
    return db.session.scalar(db.select(db.func.count()).select_from(JobRow))


def test_is_stored_with_the_callers_transaction_or_not_at_all(session, kind):
    kind()
    jobs.enqueue(KIND, {"n": 1})
    db.session.rollback()
    assert number_of_jobs() == 0

    job_id = jobs.enqueue(KIND, {"n": 1, "text": "小明"})
    db.session.commit()
    db.session.rollback()

    row = db.session.get_one(JobRow, job_id)
    assert (row.kind, row.payload, row.state, row.attempts) == (KIND, '{"n": 1, "text": "小明"}', "waiting", 0)


def test_kind_may_be_named_or_given(session, kind):
    assert jobs.enqueue(kind(), {}) == jobs.enqueue(KIND, {}) - 1


def test_worker_of_this_process_is_woken_after_the_commit(app, session, kind):
    kind()
    woken = app.extensions[wake_up.EXTENSION]
    woken.clear()

    jobs.enqueue(KIND, {})
    assert not woken.is_set()
    db.session.commit()

    assert woken.is_set()


def test_delay_makes_it_due_later(session, kind):
    kind()

    row = db.session.get_one(JobRow, jobs.enqueue(KIND, {}, delay=60))

    assert row.state == "scheduled"
    assert (row.due_at - clock.utcnow()).total_seconds() == pytest.approx(60, abs=5)


@table(
    "payload, named, error",
    [
        ({}, {"kind": "tests.unknown"}, LookupError),
        ({"x": object()}, {}, ValueError),
        ({"x": math.nan}, {}, ValueError),
        ({"x": "x" * queue.LARGEST}, {}, ValueError),
        ({}, {"key": ""}, ValueError),
        ({}, {"key": "x" * 141}, ValueError),
        ({}, {"key": " x"}, ValueError),
        ({}, {"group": "a\nb"}, ValueError),
    ],
)
def test_what_cannot_be_a_job_is_refused(session, kind, payload, named, error):
    kind()

    with pytest.raises(error):
        jobs.enqueue(**({"kind": KIND, "payload": payload} | named))
    assert number_of_jobs() == 0


class TestKey:
    def test_open_job_with_the_key_is_the_job(self, session, kind):
        kind()
        kind("tests.other")

        first = jobs.enqueue(KIND, {"n": 1}, key="a")

        assert jobs.enqueue(KIND, {"n": 2}, key="a") == first
        assert len({first, jobs.enqueue(KIND, {}, key="b"), jobs.enqueue("tests.other", {}, key="a")}) == 3

    def test_key_is_free_again_when_the_job_is_done(self, enqueue, kind, work, stored):
        kind()
        first = enqueue(key="a")
        work()

        second = enqueue(key="a")

        assert second != first
        assert (stored(first).job_key, stored(first).open_key, stored(second).open_key) == ("a", None, "a")

    def test_key_that_another_transaction_was_quicker_with_is_its_job(self, session, kind, monkeypatch):
        kind()
        first = jobs.enqueue(KIND, {}, key="a")
        real, seen = queue.jobs.open_by_key, []
        monkeypatch.setattr(queue.jobs, "open_by_key", lambda *key: real(*key) if seen else seen.append(key))

        assert jobs.enqueue(KIND, {}, key="a") == first
        assert number_of_jobs() == 1

    def test_key_that_is_never_seen_is_no_endless_loop(self, session, kind, monkeypatch):
        kind()
        jobs.enqueue(KIND, {}, key="a")
        monkeypatch.setattr(queue.jobs, "open_by_key", lambda *_: None)

        with pytest.raises(DuplicateError):
            jobs.enqueue(KIND, {}, key="a")


class TestTurn:
    """Start-time fair queueing: the turn of an owner's next job is after the one before it, and never before the present turn."""

    def turns(self, *owners):
        return [db.session.get_one(JobRow, jobs.enqueue(KIND, {}, owner=owner)).turn for owner in owners]

    def test_owner_with_one_job_does_not_wait_for_all_of_another(self, session, kind):
        kind()

        assert self.turns(1, 1, 1, 1, 2, 3, 2) == [0, 1, 2, 3, 0, 0, 1]

    def test_newcomer_does_not_overtake_what_has_waited_its_turn(self, session, kind):
        kind()
        self.turns(1, 1, 1, 1)
        db.session.execute(db.update(JobRow).where(JobRow.turn < 2).values(state="done"))

        assert self.turns(2, 2) == [2, 3]

    def test_present_turn_is_that_of_the_newest_job_in_work(self, session, kind):
        kind()
        self.turns(1, 1, 1)
        db.session.execute(db.update(JobRow).where(JobRow.turn == 1).values(state="running"))

        assert self.turns(2) == [1]

    def test_another_kind_has_turns_of_its_own(self, session, kind):
        kind()
        kind("tests.other")
        self.turns(1, 1)

        assert db.session.get_one(JobRow, jobs.enqueue("tests.other", {}, owner=1)).turn == 0


class TestCancel:
    def test_waiting_job_is_never_run(self, app, enqueue, kind, work, stored, ran):
        kind()
        job_id = enqueue(key="a")
        with app.app_context():
            assert jobs.cancel(KIND, "a") is True
            assert jobs.cancel(KIND, "a") is False
            db.session.commit()

        assert work() == {}
        assert (stored(job_id).state, stored(job_id).open_key, ran) == ("cancelled", None, [])

    def test_running_job_stores_nothing_more(self, app, enqueue, kind, work, stored):
        caught = []

        def run(job):
            db.session.execute(db.update(JobRow).values(request_id="written"))
            db.session.rollback()
            jobs.cancel(made, "a")
            db.session.commit()
            with pytest.raises(jobs.ClaimLostError):
                job.heartbeat()
            db.session.rollback()
            db.session.execute(db.update(JobRow).values(request_id="written"))
            caught.append(job)

        made = kind(run=run)
        job_id = enqueue(key="a")

        assert work() == {"lost": 1}
        assert caught
        assert (stored(job_id).state, stored(job_id).request_id) == ("cancelled", "")
