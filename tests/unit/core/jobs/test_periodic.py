"""Periodic jobs: crontab lines and Celery's words; each slot once, however many workers look; the newest missed slot is made up for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.core import clock
from backend.core.db import db
from backend.core.errors import DuplicateError
from backend.core.jobs import Periodic, crontab, periodic
from backend.core.jobs.crontab import Schedule
from backend.core.jobs.kinds import EXTENSION
from backend.core.jobs.model import JobRow, PeriodicRow
from tests.framework.tables import table

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
NAME = "tests.hourly"


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@table(
    "words, line",
    [
        ({}, "* * * * *"),
        ({"minute": 0, "hour": 3}, "0 3 * * *"),
        ({"minute": "*/15"}, "*/15 * * * *"),
        ({"minute": {30, 0}, "hour": range(8, 11)}, "0,30 8,9,10 * * *"),
        ({"minute": 0, "hour": 0, "day_of_week": "mon-fri"}, "0 0 * * mon-fri"),
        ({"minute": 0, "hour": 0, "day_of_month": "1,15", "month_of_year": "*/3"}, "0 0 1,15 */3 *"),
    ],
)
def test_words_of_celery_make_a_line_that_is_a_schedule(words, line):
    assert crontab(**words) == line
    Schedule(line)


@pytest.mark.parametrize(
    "line",
    ["", "@daily", "* * * *", "0 0 3 * * *", "61 * * * *", "0 25 * * *", "x * * * *", "0 0 30 2 *", "0 0 1 * mon"],
)
def test_line_that_is_no_schedule_is_refused_when_it_is_written(line):
    with pytest.raises(ValueError, match=r"schedule|both"):
        Periodic("tests.never", line, print)


@table(
    "line, now, zone, last, following",
    [
        ("0 3 * * *", utc(2026, 5, 2, 3, 0), UTC, utc(2026, 5, 2, 3), utc(2026, 5, 3, 3)),
        ("0 3 * * *", utc(2026, 5, 2, 2, 59, 59, 999999), UTC, utc(2026, 5, 1, 3), utc(2026, 5, 2, 3)),
        ("0 3 * * *", utc(2026, 5, 2, 3, 0, 0, 1), UTC, utc(2026, 5, 2, 3), utc(2026, 5, 3, 3)),
        ("*/5 * * * *", utc(2026, 5, 2, 3, 7, 8), UTC, utc(2026, 5, 2, 3, 5), utc(2026, 5, 2, 3, 10)),
        ("0 3 * * *", utc(2026, 5, 2, 0, 0), SHANGHAI, utc(2026, 5, 1, 19), utc(2026, 5, 2, 19)),
        ("0 0 * * sun", utc(2026, 5, 2, 0, 0), UTC, utc(2026, 4, 26), utc(2026, 5, 3)),
        ("0 0 29 2 *", utc(2026, 5, 2), UTC, utc(2024, 2, 29), utc(2028, 2, 29)),
        (
            "30 2 * * *",
            utc(2026, 3, 8, 12),
            NEW_YORK,
            utc(2026, 3, 8, 7),
            utc(2026, 3, 9, 6, 30),
        ),  # there is no half past two
    ],
)
def test_last_and_next_moment(line, now, zone, last, following):
    schedule = Schedule(line)

    assert schedule.last_until(now, zone) == last
    assert schedule.next_after(now, zone) == following


@pytest.fixture
def look(app, session, monkeypatch):
    """`look(at)`: a worker that has just started looks at this moment; gives the slots that were enqueued so far."""
    monkeypatch.setattr(app.extensions[EXTENSION], "periodic", [Periodic(NAME, "0 * * * *", print)])
    monkeypatch.setitem(app.extensions[EXTENSION].by_name, NAME, Periodic(NAME, "0 * * * *", print).kind())

    def act(at, *, started=True):
        monkeypatch.setattr(clock, "utcnow", lambda: at)
        if started:
            monkeypatch.setitem(app.extensions, periodic.EXTENSION, {})
        periodic.enqueue_due()
        rows = db.session.scalars(db.select(JobRow).where(JobRow.kind == NAME).order_by(JobRow.id)).all()
        return [row.payload.partition("T")[2][:5] for row in rows]

    return act


def done():
    db.session.execute(db.update(JobRow).values(state="done", open_key=None))
    db.session.commit()


NOON = utc(2026, 5, 2, 12, 0, 1)


def test_new_one_begins_with_its_next_slot(look):
    assert look(NOON) == []
    assert look(NOON + timedelta(minutes=60)) == ["13:00"]


def test_each_slot_is_enqueued_once_however_many_workers_look(look):
    look(NOON)

    for second in range(3):
        assert look(NOON + timedelta(hours=1, seconds=second)) == ["13:00"]
        done()


def test_worker_does_not_ask_before_the_next_slot(look, monkeypatch):
    look(NOON)
    monkeypatch.setattr(periodic, "run_unit", lambda *_, **__: pytest.fail("the database was asked"))

    assert look(NOON + timedelta(minutes=50), started=False) == []


def test_worker_whose_clock_is_behind_changes_nothing(look):
    look(NOON)
    look(NOON + timedelta(hours=2))
    done()

    assert look(NOON + timedelta(hours=1)) == ["14:00"]


def test_of_missed_slots_the_newest_is_made_up_for(look):
    look(NOON)

    assert look(NOON + timedelta(hours=5, minutes=30)) == ["17:00"]


def test_slot_is_left_out_while_the_one_before_is_open(look, log_lines):
    look(NOON)
    look(NOON + timedelta(hours=1))

    assert look(NOON + timedelta(hours=2)) == ["13:00"]
    assert [line["event"] for line in log_lines if "periodic" in line["event"]] == [
        "jobs.periodic_due",
        "jobs.periodic_left_out",
    ]
    done()
    assert look(NOON + timedelta(hours=3)) == ["13:00", "15:00"]


def test_first_look_of_two_workers_at_the_same_moment(look, monkeypatch):
    look(NOON)
    monkeypatch.setattr(periodic.slots, "find_by", lambda **_: None)
    with pytest.raises(DuplicateError), periodic.slots.transaction():
        periodic.slots.insert(name=NAME, slot=NOON)

    assert look(NOON + timedelta(minutes=1)) == []
    assert db.session.scalars(db.select(PeriodicRow.slot)).all() == [utc(2026, 5, 2, 12)]
