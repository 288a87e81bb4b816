"""A unit that the database breaks off: tried again while that helps, its doubt resolved by writing, the truth at the end."""

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core import clock
from backend.core.db import connections as db_connections
from backend.core.db import db
from backend.core.db.commit_recovery import (
    BUDGET,
    CommitOutcome,
    InProgressError,
    OutcomeError,
    quick_retries,
    refusal,
    run_until_done,
)
from backend.core.db.connections import ServerSession
from backend.core.db.unit_of_work import InterruptedUnitError
from backend.core.errors import ConflictError, DatabaseUnavailableError, DuplicateError
from tests.unit.core.support import Thing, app_fixture, database_error, deadlock, things

LOST = database_error(2013, "Lost connection")
DOWN = database_error(2003, "Can't connect")
LOCKED = database_error(1205, "Lock wait timeout exceeded")
SLOW = database_error(1969, "max_statement_time")


class ThingUnavailableError(OutcomeError):
    messages = {"not_saved": "no", "unknown": "perhaps"}  # noqa: RUF012


app = app_fixture()
pytestmark = pytest.mark.usefixtures("session", "no_waiting")


class Unit:
    """Stores a thing, once. `left` are its fates, one a run: an error before its COMMIT, ("lost" or "applied", error) at it."""

    def __init__(self, fates, commit):
        self.left, self._real, self._fate = list(fates), commit, None

    def __call__(self):
        self._fate = self.left.pop(0) if self.left else ("applied", None)
        if isinstance(self._fate, Exception):
            raise self._fate
        if not db.session.scalar(db.select(Thing)):
            db.session.add(Thing(name="stored"))
        return "answer"

    def commit(self):
        fate, error = self._fate
        if fate == "applied":
            self._real()
        if error:
            raise error


@pytest.fixture
def unit(monkeypatch):
    def arrange(*fates):
        made = Unit(fates, db.session().commit)
        monkeypatch.setattr(type(db.session()), "commit", made.commit)
        return made

    return arrange


def outcome(unit, *, twins=True):
    """What `unit` gives, or the class and the words of the refusal."""
    commit = CommitOutcome("things")
    try:
        return run_until_done(unit, commit, quick_retries(commit, twins=twins))
    except InterruptedUnitError as interruption:
        error = refusal(interruption, commit, ThingUnavailableError, twins=twins)
        return error.data.get("outcome") if isinstance(error, ThingUnavailableError) else error


class TestBeforeCommit:
    def test_nothing_in_the_way(self, app, unit):
        assert outcome(unit()) == "answer"
        assert things(app) == ["stored"]

    @pytest.mark.parametrize("error", [deadlock(), DuplicateError()], ids=repr)
    def test_somebody_who_was_quicker_is_met_by_the_next_try(self, app, unit, error):
        assert outcome(unit(error, error)) == "answer"
        assert things(app) == ["stored"]

    @pytest.mark.parametrize(
        "errors",
        [[deadlock()] * 4, [DuplicateError()] * 4, [LOCKED] * 2],
        ids=["deadlocks", "duplicates", "a lock: waited for once"],
    )
    def test_somebody_who_stays_in_the_way_is_a_twin(self, unit, errors):
        tried = unit(*errors)

        refused = outcome(tried)

        assert isinstance(refused, InProgressError)
        assert (refused.status, refused.headers) == (409, {"Retry-After": "1"})
        assert len(tried.left) == 1

    def test_without_twins_a_lock_is_waited_for_again(self, unit):
        assert outcome(unit(LOCKED, LOCKED), twins=False) == "answer"

    def test_without_twins_nobody_is_at_work(self, unit):
        duplicate = DuplicateError()

        assert outcome(unit(*[LOCKED] * 3), twins=False) == "not_saved"
        assert outcome(unit(*[duplicate] * 3), twins=False) is duplicate

    @pytest.mark.parametrize("error", [LOST, DOWN, SLOW, PoolTimeoutError(), DatabaseUnavailableError()], ids=repr)
    def test_outage_is_not_waited_for(self, app, unit, error):
        tried = unit(error, error)

        assert outcome(tried) == "not_saved"
        assert len(tried.left) == 1
        assert things(app) == []

    @pytest.mark.parametrize("error", [database_error(1146, "no such table"), database_error(1406, "too long")])
    def test_mistake_is_itself(self, unit, error):
        assert outcome(unit(error)) is error

    def test_error_of_the_unit_passes(self, unit):
        with pytest.raises(ConflictError):
            outcome(unit(ConflictError()))


class TestAtCommit:
    @pytest.mark.parametrize("fate", ["applied", "lost"])
    @pytest.mark.parametrize("error", [LOST, DOWN, database_error(9999, "?")], ids=repr)
    def test_next_try_resolves_the_doubt(self, app, unit, fate, error):
        assert outcome(unit((fate, error))) == "answer"
        assert things(app) == ["stored"]

    @pytest.mark.parametrize("second", [LOST, LOCKED, deadlock(), DuplicateError()], ids=repr)
    def test_what_the_doubt_itself_may_be_the_cause_of_is_tried_again(self, app, unit, second):
        assert outcome(unit(("lost", LOST), second)) == "answer"
        assert things(app) == ["stored"]

    @pytest.mark.parametrize("second", [DOWN, SLOW, PoolTimeoutError(), database_error(1146, "no table")], ids=repr)
    def test_doubt_stays_where_another_try_does_not_help(self, unit, second):
        tried = unit(("applied", LOST), second, LOST)

        assert outcome(tried) == "unknown"
        assert len(tried.left) == 1

    def test_doubt_that_stays_is_said(self, unit, log_lines):
        assert outcome(unit(*[("lost", LOST)] * 3)) == "unknown"

        events = [line["event"] for line in log_lines if line["event"].startswith("things.")]
        assert events == ["things.commit_unknown"] * 3 + ["things.refused"]

    def test_no_try_begins_after_too_long(self, unit, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr(clock, "monotonic", lambda: now[0])
        tried = unit(("lost", LOST), LOST, LOST)

        def slow():
            now[0] += BUDGET + 0.01
            return tried()

        assert outcome(slow) == "unknown"
        assert len(tried.left) == 1

    def test_connection_of_the_last_doubt_is_ended_first(self, unit, monkeypatch):
        sessions, ended = [ServerSession(number, "here") for number in (17, 18, 19)], []
        monkeypatch.setattr(db_connections, "number", lambda _: sessions.pop(0))
        monkeypatch.setattr(db_connections, "end", lambda session, gone: ended.append((session, gone.number)))

        assert outcome(unit(("lost", LOST), ("lost", LOST))) == "answer"
        assert ended == [(db.session(), 17), (db.session(), 18)]

    def test_reading_leaves_no_doubt(self, unit):
        commit = CommitOutcome("things")

        with pytest.raises(InterruptedUnitError):
            run_until_done(unit(LOST), commit, quick_retries(commit, twins=True), commit=False)

        assert not commit.unknown


def test_what_the_client_is_told():
    refused = ThingUnavailableError("unknown")

    assert (refused.status, refused.msg, refused.data) == (503, "perhaps", {"outcome": "unknown"})
    assert refused.headers == {"Retry-After": "2"}
