"""A unit of work knows whether its COMMIT was sent when the database broke off, and leaves a session that works."""

from unittest.mock import Mock

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core.db import connections as db_connections
from backend.core.db import db, unit_of_work
from backend.core.db.errors import DatabaseFault
from backend.core.db.unit_of_work import REFUSED, InterruptedUnitError, run_once
from backend.core.errors import ConflictError, DatabaseUnavailableError
from tests.unit.core.support import Thing, app_fixture, database_error, deadlock, duplicate, things

LOST = database_error(2013, "Lost connection")


app = app_fixture()
pytestmark = pytest.mark.usefixtures("session", "no_waiting")


def store():
    db.session.add(Thing(name="stored"))
    db.session.flush()
    return "answer"


def store_and(error):
    def unit():
        store()
        raise error

    return unit


@pytest.fixture
def commit_fails(fails):
    """`commit_fails(error)`: the COMMIT leaves, and this comes back."""
    return lambda error: fails(type(db.session()), "commit", always=error)


class TestStored:
    def test_what_the_unit_gives_is_given_once_it_is_on_disk(self, app):
        assert run_once(store) == "answer"
        assert things(app) == ["stored"]

    def test_reading_commits_nothing(self, app):
        run_once(store, commit=False)
        db.session.rollback()

        assert things(app) == []

    def test_everything_is_sent_before_the_commit(self, monkeypatch):
        """A flush inside of the commit would make its errors look like the commit's."""
        order = []
        kind = type(db.session())
        monkeypatch.setattr(kind, "flush", lambda *_, **__: order.append("flush"))
        monkeypatch.setattr(db_connections, "number", lambda _: order.append("number"))
        monkeypatch.setattr(kind, "commit", lambda _: order.append("commit"))

        run_once(lambda: None)

        assert order == ["flush", "number", "commit"]


class TestBeforeTheCommit:
    @pytest.mark.parametrize(
        ("error", "fault"),
        [
            (LOST, DatabaseFault.LOST),
            (deadlock(), DatabaseFault.CONFLICT),
            (PoolTimeoutError(), DatabaseFault.OVERLOAD),
            (DatabaseUnavailableError(), DatabaseFault.CONNECT),
            (duplicate(), DatabaseFault.DATA),
            (database_error(9999, "?"), DatabaseFault.UNKNOWN),
        ],
    )
    def test_nothing_is_stored_and_that_is_certain(self, app, error, fault):
        with pytest.raises(InterruptedUnitError) as caught:
            run_once(store_and(error))

        assert (caught.value.fault, caught.value.maybe_stored, caught.value.connection) == (fault, False, None)
        assert caught.value.__cause__ is error
        assert things(app) == []

    def test_other_errors_pass_and_undo_the_unit(self, app):
        with pytest.raises(ConflictError):
            run_once(store_and(ConflictError()))

        db.session.commit()
        assert things(app) == []

    def test_next_unit_works(self, app):
        with pytest.raises(InterruptedUnitError):
            run_once(store_and(LOST))

        assert run_once(store) == "answer"


class TestAtTheCommit:
    @pytest.mark.parametrize(
        "error", [LOST, database_error(1317, "interrupted"), database_error(9999, "?"), database_error(1045, "denied")]
    )
    def test_nobody_knows(self, commit_fails, monkeypatch, error):
        monkeypatch.setattr(db_connections, "number", lambda _: 17)
        commit_fails(error)

        with pytest.raises(InterruptedUnitError) as caught:
            run_once(store)

        assert caught.value.maybe_stored
        assert caught.value.connection == 17

    @pytest.mark.parametrize(
        "error", [deadlock(), duplicate(), database_error(1290, "read-only"), database_error(1452, "foreign key")]
    )
    def test_a_server_that_says_no_has_stored_nothing(self, commit_fails, error):
        commit_fails(error)

        with pytest.raises(InterruptedUnitError) as caught:
            run_once(store)

        assert caught.value.fault in REFUSED
        assert not caught.value.maybe_stored


def test_connection_over_which_no_rollback_goes_is_thrown_away(monkeypatch):
    thrown = []
    kind = type(db.session())

    with monkeypatch.context() as patched:
        patched.setattr(kind, "rollback", Mock(side_effect=LOST))
        patched.setattr(kind, "invalidate", lambda session: thrown.append(session) or session.close())
        with pytest.raises(InterruptedUnitError):
            run_once(store_and(LOST))

    assert thrown == [db.session()]
    assert unit_of_work.run_once(lambda: 1) == 1
