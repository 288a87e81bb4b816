"""`flask jobs` and `flask worker`: what an operator sees and does."""

import json
import signal
from datetime import timedelta

import pytest

from backend.core import clock, jobs
from backend.core.db import db
from backend.core.jobs import cli_worker, housekeeping, kinds, setup
from backend.core.jobs.model import JobRow
from backend.core.jobs.repository import JobRepository
from backend.core.jobs.worker import Worker
from backend.core.web import metrics_page
from tests.unit.core.jobs.conftest import KIND


@pytest.fixture
def run(app):
    """`run("jobs", "list")`: what it prints."""

    def act(*words, expect=0):
        result = app.test_cli_runner().invoke(args=words)
        assert result.exit_code == expect, result.output
        return result.output

    return act


@pytest.fixture
def rows(app):
    def read():
        with app.app_context():
            return db.session.scalars(db.select(JobRow).order_by(JobRow.id)).all()

    return read


@pytest.fixture
def dead(kind, enqueue, change):
    """`dead(key="a")`: a job that was given up."""
    kind()

    def bury(**named):
        job_id = enqueue(**named)
        change(job_id, state="dead", open_key=None, attempts=10, finished_at=clock.utcnow(), last_error="Error: no")
        return job_id

    return bury


class TestList:
    def test_shows_what_is_open_and_what_is_dead(self, dead, enqueue, work, run):
        enqueue()
        work()
        open_id, dead_id = enqueue(key="a", group="g", owner=7), dead()

        found = [json.loads(line) for line in run("jobs", "list", "--json").splitlines()]

        assert [(row["id"], row["state"]) for row in found] == [(open_id, "waiting"), (dead_id, "dead")]
        assert (found[0]["key"], found[0]["group"], found[0]["owner"]) == ("a", "g", 7)
        assert (found[1]["attempts"], found[1]["error"]) == (10, "Error: no")

    def test_is_narrowed_and_paged(self, dead, enqueue, kind, run):
        kind("tests.other")
        ids = [enqueue(), dead(), enqueue("tests.other"), dead()]

        def listed(*words):
            return [
                json.loads(line)["id"] for line in run("jobs", "list", "--json", *words).splitlines() if line[0] == "{"
            ]

        assert listed("--dead") == listed("--state", "dead") == [ids[1], ids[3]]
        assert listed("--kind", "tests.other") == [ids[2]]
        assert listed("--after", str(ids[1])) == ids[2:]
        assert listed("--limit", "2") == ids[:2]
        assert listed("--state", "done") == []

    def test_shows_one_with_its_payload(self, enqueue, kind, run):
        kind()
        job_id = enqueue(n=1)

        found = json.loads(run("jobs", "show", str(job_id)))

        assert (found["payload"], found["started"]) == ('{"n": 1}', None)
        assert "no job 999" in run("jobs", "show", "999", expect=1)


class TestRetry:
    def test_one_is_tried_again_from_the_start_under_a_new_attempt(self, dead, run, work, ran, stored):
        job_id = dead(key="a")

        assert run("jobs", "retry", str(job_id)) == f"job {job_id} will be tried again\n"

        assert (stored(job_id).state, stored(job_id).open_key) == ("waiting", "a")
        assert work() == {"done": 1}
        assert [(job.attempt, job.tries) for job in ran] == [(11, 1)]

    def test_open_or_unknown_one_is_refused(self, kind, enqueue, run):
        kind()
        for job_id in (enqueue(), 999):
            assert "no dead job" in run("jobs", "retry", str(job_id), expect=1)

    def test_one_whose_key_an_open_job_has_stays_dead(self, dead, enqueue, run, stored):
        job_id = dead(key="a")
        enqueue(key="a")

        assert "its key is open" in run("jobs", "retry", str(job_id), expect=1)
        assert run("jobs", "retry", "--all") == "0 jobs will be tried again\n"
        assert stored(job_id).state == "dead"

    def test_of_two_dead_ones_with_a_key_the_first_is_revived(self, dead, run, rows):
        dead(key="a")
        dead(key="a")

        assert run("jobs", "retry", "--all") == "1 jobs will be tried again\n"
        assert [row.state for row in rows()] == ["waiting", "dead"]

    def test_no_step_looks_again_at_what_one_before_left_dead(self, dead, run, monkeypatch):
        steps, look = [], JobRepository.dead
        monkeypatch.setattr(housekeeping, "AT_ONCE", 2)
        monkeypatch.setattr(JobRepository, "dead", lambda *which: steps.append(look(*which)) or steps[-1])
        ids = [dead(key="a") for _ in range(6)]

        assert run("jobs", "retry", "--all") == "1 jobs will be tried again\n"
        assert [job_id for step in steps for job_id, _, _ in step] == ids

    def test_all_in_steps_or_those_of_a_kind_or_of_the_last_days(self, dead, kind, change, run, rows, monkeypatch):
        kind("tests.other")
        monkeypatch.setattr(housekeeping, "AT_ONCE", 1)
        change(dead(), created_at=clock.utcnow() - timedelta(days=3))
        dead(kind="tests.other")
        dead()

        assert run("jobs", "retry", "--all", "--days", "2", "--kind", "tests.other") == "1 jobs will be tried again\n"
        assert run("jobs", "retry", "--all", "--days", "2") == "1 jobs will be tried again\n"
        assert run("jobs", "retry", "--all") == "1 jobs will be tried again\n"
        assert {row.state for row in rows()} == {"waiting"}

    @pytest.mark.parametrize("words", [[], ["1", "--all"]])
    def test_it_asks_which(self, run, session, words):
        assert "Say which" in run("jobs", "retry", *words, expect=2)


class TestPurge:
    def test_deletes_what_ended_long_ago(self, app, dead, enqueue, change, run, rows):
        old = clock.utcnow() - timedelta(days=31)
        for state, ended in (
            ("done", old),
            ("cancelled", old),
            ("dead", old),
            ("done", clock.utcnow()),
            ("running", None),
        ):
            change(dead(), state=state, finished_at=ended, created_at=old)

        assert run("jobs", "purge", "--kind", "tests.other") == "deleted 0 closed jobs\n"
        assert run("jobs", "purge") == "deleted 2 closed jobs\n"
        assert [row.state for row in rows()] == ["dead", "done", "running"]
        assert run("jobs", "purge", "--dead", "--days", "32") == "deleted 0 dead jobs\n"
        assert run("jobs", "purge", "--dead") == "deleted 1 dead jobs\n"

    def test_is_a_periodic_job_of_its_own(self, app, dead, change, work, rows):
        change(dead(), state="done", finished_at=clock.utcnow() - timedelta(days=31))
        with app.app_context():
            jobs.enqueue("jobs.purge", {})
            db.session.commit()

        assert work("jobs.purge") == {"done": 1}
        assert [row.kind for row in rows()] == ["jobs.purge"]


def test_cancel_closes_an_open_job(kind, enqueue, run, stored):
    kind()
    job_id = enqueue()

    assert run("jobs", "cancel", str(job_id)) == f"job {job_id} is cancelled\n"
    assert stored(job_id).state == "cancelled"
    assert "is open" in run("jobs", "cancel", str(job_id), expect=1)


def test_cancel_closes_all_of_a_kind_that_nobody_knows_any_more(kind, enqueue, change, run, stored, monkeypatch):
    kind()
    monkeypatch.setattr(housekeeping, "AT_ONCE", 2)
    ids = [enqueue() for _ in range(4)]
    for job_id in ids[:3]:
        change(job_id, kind="tests.gone")

    assert run("jobs", "cancel", "--all", "--kind", "tests.gone") == "3 jobs are cancelled\n"
    assert [stored(job_id).state for job_id in ids] == ["cancelled"] * 3 + ["waiting"]


@pytest.mark.parametrize(
    "words", [[], ["1", "--all"], ["--all"], ["1", "--kind", "tests.note"], ["--kind", "tests.note"]]
)
def test_cancel_asks_which(run, session, words):
    assert "Say which" in run("jobs", "cancel", *words, expect=2)


def test_periodic_lists_schedules_with_their_last_and_next_time(app, run, session, monkeypatch):
    monkeypatch.setitem(app.extensions, setup.periodic.EXTENSION, {})
    line = json.loads(run("jobs", "periodic", "--json").splitlines()[0])
    assert (line["id"], line["schedule"], line["zone"], line["last"]) == ("jobs.purge", "17 3 * * *", "UTC", None)

    setup.periodic.enqueue_due()

    line = json.loads(run("jobs", "periodic", "--json").splitlines()[0])
    assert line["last"].endswith("T03:17:00+00:00")
    assert line["next"] > line["last"]


class TestWorker:
    def test_once_runs_what_is_due_and_tells_how_it_ended(self, kind, enqueue, run):
        kind()
        enqueue()
        enqueue(delay=60)

        assert run("worker", "--once", "--kind", KIND) == "done: 1, retry: 0, dead: 0, lost: 0\n"

    def test_unknown_kind_is_refused_with_those_that_there_are(self, run, session):
        assert "jobs.purge" in run("worker", "--kind", "tests.nobody", expect=2)

    def test_first_signal_stops_it_and_the_second_ends_the_process(self, run, session, monkeypatch):
        handlers, done = {}, []
        monkeypatch.setattr(signal, "signal", lambda number, act: handlers.update({number: act}))
        monkeypatch.setattr(cli_worker.os, "_exit", done.append)
        monkeypatch.setattr(cli_worker, "start_http_server", lambda *place: done.append(place))
        monkeypatch.setattr(Worker, "run", lambda worker: done.append(worker.threads))
        monkeypatch.setattr(Worker, "stop", lambda _: done.append("stop"))

        run("worker", "--threads", "3", "--metrics-port", "9100")

        handlers[signal.SIGTERM](signal.SIGTERM, None)
        handlers[signal.SIGINT](signal.SIGINT, None)
        assert done == [(9100, "127.0.0.1"), 3, "stop", 1]


class TestKinds:
    def test_name_is_one_kinds(self, app, kind):
        made = kind()

        with pytest.raises(ValueError, match="two kinds"):
            kinds.register(app, [made])

    @pytest.mark.parametrize("values", [{"name": ""}, {"name": "x" * 65}, {"batch": 0}, {"concurrency": 0}])
    def test_what_makes_no_sense_is_refused(self, values):
        with pytest.raises(ValueError, match="from 1 on"):
            jobs.JobKind(**({"name": "tests.x", "run": print} | values))

    def test_lease_may_follow_a_setting(self):
        assert jobs.JobKind("tests.x", print, lease_seconds=lambda: 7.0).lease() == 7.0


def test_metrics_show_what_waits_by_kind_and_state(app, dead, enqueue, time_passes):
    enqueue(), enqueue(), dead()
    time_passes(seconds=90)

    with app.test_request_context():
        text = metrics_page.render().get_data(as_text=True)

    assert f'jobs{{kind="{KIND}",state="waiting"}} 2.0' in text
    assert f'jobs{{kind="{KIND}",state="dead"}} 1.0' in text
    (age,) = [
        float(line.split()[-1]) for line in text.splitlines() if line.startswith(f'jobs_oldest_seconds{{kind="{KIND}"')
    ]
    assert age == pytest.approx(90, abs=10)
