"""Workers as processes: whichever is killed at whatever moment, no job is lost and none is ended twice; brokers come and go."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from backend.core import jobs
from backend.core.db import db
from backend.core.jobs.model import JobRow
from backend.settings import Settings
from tests.framework.waiting import HANG, eventually
from tests.system.jobs import application
from tests.system.jobs.application import KIND, LOG

ROOT = Path(__file__).resolve().parents[3]
FLASK = [sys.executable, "-m", "flask", "--app", "tests.system.jobs.application"]
CELERY = [
    sys.executable,
    "-m",
    "celery",
    "--app",
    "tests.system.jobs.celery_application",
    "worker",
    "--concurrency",
    "1",
]


@pytest.fixture
def environment(tmp_path):
    """What the processes are given."""
    log = tmp_path / "log"
    log.touch()
    return {
        "APP_ENV": "unit",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'test.sqlite3'}",
        "JOBS_POLL_SECONDS": "0.1",
        "LOG_FORMAT": "json",
        LOG: str(log),
    }


@pytest.fixture
def app(environment, monkeypatch):
    """The same application in this process, to store jobs and to look at them."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(application, "create", lambda: create(Settings()))
    from backend import create_app as create

    made = application.create_app()
    with made.app_context():
        db.create_all()
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def real_commits():
    """The file goes with the test."""


pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def process(environment, tmp_path):
    """`process(*command, JOBS_BROKER_URL=url)`: a process, killed at the end if it still runs."""
    started = []

    def start(*command, **more):
        output = (tmp_path / f"output{len(started)}").open("wb")
        made = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment | more, stdout=output, stderr=output, start_new_session=True
        )
        started.append(made)
        output.close()
        return made

    yield start
    for one in started:
        if one.poll() is None:
            os.killpg(one.pid, signal.SIGKILL)
        one.wait(HANG)


@pytest.fixture
def told(environment):
    """How often each word was told: `told()["done"]`, and the lines."""
    return lambda: Path(environment[LOG]).read_text().splitlines()


def enqueue(app, number, **payload):
    with app.app_context():
        ids = [jobs.enqueue(KIND, payload) for _ in range(number)]
        db.session.commit()
    return ids


def states(app):
    with app.app_context():
        return Counter(db.session.scalars(db.select(JobRow.state).where(JobRow.kind == KIND)))


def words(lines, word):
    return sorted(int(line.split()[1]) for line in lines if line.startswith(word))


def test_killed_worker_loses_no_job(app, process, told):
    """The job that it ran is begun by another once its lease is over, and every job is done."""
    (slow,) = enqueue(app, 1, seconds=600, once=True)
    victim = process(*FLASK, "worker", "--threads", "2")
    eventually(lambda: words(told(), "begun") == [slow], "the victim has begun")
    ids = [slow, *enqueue(app, 20)]

    victim.kill()
    victim.wait(HANG)
    process(*FLASK, "worker", "--threads", "2")

    eventually(lambda: states(app) == {"done": 21}, "every job is done")
    assert words(told(), "done") == ids
    assert f"begun {slow} 2" in told()


def test_worker_that_is_told_to_stop_ends_its_job_and_takes_no_other(app, process, told):
    enqueue(app, 1, seconds=1)
    worker = process(*FLASK, "worker", "--threads", "1")
    eventually(lambda: words(told(), "begun"), "it has begun")
    enqueue(app, 1)

    worker.terminate()

    assert worker.wait(HANG) == 0
    assert len(words(told(), "done")) == 1
    assert states(app) == {"done": 1, "waiting": 1}


def test_second_signal_ends_it_at_once(app, process, told):
    enqueue(app, 1, seconds=600)
    worker = process(*FLASK, "worker", "--threads", "1")
    eventually(lambda: words(told(), "begun"), "it has begun")

    worker.terminate()
    eventually(lambda: worker.poll() is not None or worker.send_signal(signal.SIGTERM), "it has ended")

    assert worker.returncode == 1
    assert states(app)["done"] == 0


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def redis_server(process, tmp_path):
    """`redis_server()` starts it, at the same place each time; `.url`."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = free_port()

    def start():
        made = process(program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path))
        eventually(lambda: answers(port), "Redis answers")
        return made

    start.url = f"redis://127.0.0.1:{port}/0"
    return start


class TestCelery:
    """A relay hands jobs to Celery over a real Redis."""

    def test_jobs_are_run_by_celery_once_each(self, app, process, redis_server, told):
        redis_server()
        ids = enqueue(app, 30)

        process(*CELERY, JOBS_BROKER_URL=redis_server.url)
        process(*FLASK, "worker", JOBS_BROKER_URL=redis_server.url)

        eventually(lambda: states(app) == {"done": 30}, "every job is done")
        assert words(told(), "done") == ids

    def test_broker_that_is_away_keeps_them_in_the_table(self, app, process, redis_server, told):
        """Nothing that Redis forgets is lost: it keeps nothing on disk here and is killed while it has jobs."""
        relay = process(*FLASK, "worker", JOBS_BROKER_URL=redis_server.url)
        ids = enqueue(app, 5)
        with app.app_context():
            tries = db.select(db.func.min(JobRow.attempts)).where(JobRow.kind == KIND)
            eventually(lambda: (db.session.rollback(), db.session.scalar(tries))[1] >= 1, "the relay has tried")
            db.session.rollback()
        assert relay.poll() is None
        assert told() == []

        redis_server()
        process(*CELERY, JOBS_BROKER_URL=redis_server.url)

        eventually(lambda: states(app) == {"done": 5}, "every job is done")
        assert words(told(), "done") == ids
        with app.app_context():
            rows = db.session.scalars(db.select(JobRow).where(JobRow.kind == KIND)).all()
            assert [row.attempts - row.attempts_before for row in rows] == [
                1
            ] * 5  # what the broker did not take was no attempt

    def test_killed_worker_of_celery_loses_no_job(self, app, process, redis_server, told):
        redis_server()
        (slow,) = enqueue(app, 1, seconds=600, once=True)
        process(*FLASK, "worker", JOBS_BROKER_URL=redis_server.url)
        victim = process(*CELERY, JOBS_BROKER_URL=redis_server.url)
        eventually(lambda: words(told(), "begun") == [slow], "the victim has begun")

        os.killpg(victim.pid, signal.SIGKILL)
        process(*CELERY, JOBS_BROKER_URL=redis_server.url)

        eventually(lambda: states(app) == {"done": 1}, "the job is done")
        assert told()[-1] == f"done {slow} 2"
