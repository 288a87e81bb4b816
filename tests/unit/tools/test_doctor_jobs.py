"""What the doctor says of jobs: they wait and nobody takes them, for a setting, of an unknown kind; they were given up."""

import pytest

from backend.core.errors import DatabaseUnavailableError
from backend.core.jobs import housekeeping
from tests.unit.core.jobs.conftest import change, enqueue, kind, ran, time_passes  # noqa: F401 - fixtures
from tools.doctor import jobs
from tools.doctor.findings import Situation


@pytest.fixture
def found(app, session, settings):
    return lambda: [(one.state, one.what) for one in jobs.waiting(Situation(None, app, settings, None))]


def test_nothing_is_wrong_where_nothing_waits(found):
    assert found() == [("ok", "0 jobs are open or dead; workers take them")]


def test_jobs_that_wait_while_no_worker_has_any(found, kind, enqueue, change, time_passes):  # noqa: F811
    kind()
    enqueue(), enqueue()
    assert [state for state, _ in found()] == ["ok"]
    time_passes(seconds=61)

    ((state, what),) = found()

    assert (state, what.startswith("2 jobs wait")) == ("warning", True)
    change(1, state="running")
    assert [state for state, _ in found()] == ["ok"]


def test_jobs_that_wait_for_a_setting_or_that_nobody_knows_or_that_are_dead(found, kind, enqueue, change):  # noqa: F811
    kind(enabled=lambda: False)
    enqueue()
    change(enqueue(), kind="tests.gone")
    change(enqueue(), state="dead")

    assert [what for _, what in found()] == [
        "jobs wait for a setting: tests.note",
        "jobs of kinds that nothing here knows: tests.gone",
        "1 jobs were given up",
    ]


def test_database_that_is_away_is_no_traceback(found, fails):
    fails(housekeeping.jobs, "backlog", always=DatabaseUnavailableError())

    assert found() == [("warning", "the jobs could not be read")]
