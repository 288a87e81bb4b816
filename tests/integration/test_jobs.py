"""Jobs on a real database: a year of them under the timeouts of a request, and keys that many transactions want at the same moment."""

from collections.abc import Iterator

import pytest
from flask import Flask

from backend.core import clock, jobs
from backend.core.db import db
from backend.core.jobs import claims, housekeeping
from backend.core.jobs.job import JobKind
from backend.core.jobs.kinds import EXTENSION
from tests.integration.support.applications import AS_IN_PRODUCTION, MakeApp
from tests.integration.support.concurrency import at_once
from tests.integration.support.many_rows import NUMBERS
from tests.integration.support.sql import Sql

KIND = "tests.note"
HOUSEKEEPING = (["purge"], ["retry", "--all"], ["purge", "--dead"])

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def ordinary(make_app: MakeApp) -> Iterator[Flask]:
    """An application with the timeouts of production, and a kind of its own."""
    app = make_app(**AS_IN_PRODUCTION)
    app.extensions[EXTENSION].by_name[KIND] = JobKind(KIND, lambda _: None, batch=50)
    yield app
    del app.extensions[EXTENSION].by_name[KIND]


def fill(sql: Sql) -> None:
    """100,000 jobs, half of them dead, the others done a month ago."""
    sql.run(
        "INSERT INTO jobs (kind, payload, state, job_key, turn, attempts, attempts_before, due_at, request_id, last_error, created_at, finished_at)"
        f" SELECT '{KIND}', '{{}}', IF(n % 2, 'dead', 'done'), n, n, 10, 0, d, '', '', d, d"
        f" FROM (SELECT n, UTC_TIMESTAMP(6) - INTERVAL 40 DAY AS d FROM {NUMBERS}) AS numbers"
    )


def test_a_year_of_jobs_is_revived_and_goes_in_steps(ordinary, sql):
    fill(sql)

    outputs = [ordinary.test_cli_runner().invoke(args=["jobs", *words]).output for words in HOUSEKEEPING]

    assert outputs == ["deleted 50000 closed jobs\n", "50000 jobs will be tried again\n", "deleted 0 dead jobs\n"]
    assert sql.value("SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND attempts_before = 10") == 50_000


def test_what_a_step_reads_does_not_grow_with_the_open_jobs(ordinary, sql):
    """500 jobs, their keys, and whether an open job has them; before, each step read the keys of all open jobs."""
    fill(sql)
    sql.run("UPDATE jobs SET state = 'waiting', open_key = job_key WHERE state = 'done'")

    with ordinary.app_context():
        connection = db.session.connection()
        connection.execute(db.text("FLUSH STATUS"))
        assert housekeeping.jobs.revive(housekeeping.jobs.dead(0, 500), clock.utcnow()) == 500
        read = connection.execute(db.text("SHOW SESSION STATUS LIKE 'Handler_read%'")).all()
        db.session.rollback()

    assert sum(int(number) for _name, number in read) < 10_000


def test_of_several_dead_jobs_with_one_key_one_is_revived(ordinary, sql):
    sql.run(
        "INSERT INTO jobs (kind, payload, state, job_key, turn, attempts, attempts_before, due_at, request_id, last_error, created_at)"
        f" SELECT '{KIND}', '{{}}', 'dead', 'same', n, 10, 0, d, '', '', d FROM (SELECT n, UTC_TIMESTAMP(6) AS d FROM {NUMBERS} LIMIT 3) AS numbers"
    )

    output = ordinary.test_cli_runner().invoke(args=["jobs", "retry", "--all"]).output

    assert output == "1 jobs will be tried again\n"


def test_backlog_of_a_year_is_claimed_from_counted_and_listed(ordinary, sql):
    fill(sql)
    sql.run("UPDATE jobs SET state = 'waiting' WHERE state = 'dead'")

    with ordinary.app_context():
        kind = ordinary.extensions[EXTENSION].by_name[KIND]
        assert len(claims.claim(kind, 50)) == 50
        jobs.enqueue(KIND, {}, owner=1)
        db.session.commit()
    listed = ordinary.test_cli_runner().invoke(args=["jobs", "list", "--limit", "3"])
    assert listed.output.count(KIND) == 3


def test_key_that_many_want_at_the_same_moment_is_one_job(ordinary, sql):
    def store(_):
        with ordinary.app_context():
            found = jobs.enqueue(KIND, {}, key="a")
            db.session.commit()
            return found

    ids = at_once(6, store)

    assert len(set(ids)) == 1
    assert sql.value("SELECT COUNT(*) FROM jobs") == 1
