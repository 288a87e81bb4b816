"""SQLite under many threads: writers wait for each other, readers wait for nobody."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.core.db import db
from backend.core.db.sqlite import reading
from backend.core.db.transactions import run_unit
from backend.core.security.access import public
from backend.core.web.route import Route
from tests.unit.core.support import Thing, things

THREADS = 30
REQUESTS = 60


def read_then_write() -> None:
    known = db.session.scalar(db.select(db.func.count(Thing.id)))
    time.sleep(0.002)  # others begin and write meanwhile
    db.session.add(Thing(name=f"thing {known}"))
    db.session.flush()


def replayable() -> None:
    """Would be run again after a conflict."""
    read_then_write()


def look() -> int:
    return db.session.scalar(db.select(db.func.count(Thing.id))) or 0


ROUTES = [
    Route("POST", "/api/probe/write", read_then_write, public),
    Route("PUT", "/api/probe/write", replayable, public),
    Route("GET", "/api/probe/look", look, public),
]


@pytest.fixture
def on_disk(build, tmp_path):
    """With patience, for whoever is refused here is refused at once."""
    return build(ROUTES, database_url=f"sqlite:///{tmp_path}/test.sqlite3", db_read_timeout=60)


def test_threads_that_read_and_then_write_are_all_served(on_disk):
    def post(_: int) -> int:
        return on_disk.test_client().post("/api/probe/write").status_code

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(post, range(REQUESTS)))

    assert answers == [200] * REQUESTS
    assert len(things(on_disk)) == REQUESTS  # each saw those before it: its name is unique


def test_a_reader_does_not_wait_for_a_writer(on_disk):
    with on_disk.app_context():
        db.session.add(Thing(name="not committed yet"))
        db.session.flush()

        with ThreadPoolExecutor(1) as pool:  # would need the lock for ever
            answer = pool.submit(lambda: on_disk.test_client().get("/api/probe/look")).result()

        db.session.rollback()
    assert answer.json["data"] == 0


def test_a_writer_waits_as_long_as_for_any_reply_once_and_is_then_refused(build, tmp_path, log_lines):
    times = {"db_lock_timeout": 1, "db_statement_timeout": 1.1, "db_read_timeout": 2}
    app = build(ROUTES, database_url=f"sqlite:///{tmp_path}/test.sqlite3", **times)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with app.app_context():
            run_unit(
                lambda: (db.session.execute(db.select(Thing)), held.set(), done.wait(30)), commit=True, replay=False
            )

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        held.wait(30)
        try:
            answer = app.test_client().put("/api/probe/write")
        finally:
            done.set()

    assert answer.status_code == 503
    assert "db.retry" not in [line["event"] for line in log_lines]
    assert things(app) == []


def test_what_only_reads_and_writes_all_the_same_is_stored(on_disk):
    @reading
    def store() -> None:
        db.session.add(Thing(name="written by a read"))
        db.session.commit()

    with on_disk.app_context():
        store()

    assert things(on_disk) == ["written by a read"]
