"""What waits for a COMMIT happens once it is answered, once, and never if the transaction is undone."""

import pytest

from backend.core.db import db
from backend.core.db.after_commit import after_commit
from backend.core.db.transactions import release_connection, run_unit
from backend.core.errors import ConflictError
from tests.framework.tables import table
from tests.unit.core.support import Thing, Things, app_fixture, database_error, deadlock, things

app = app_fixture()


@pytest.fixture
def told():
    return []


def unit(told, *errors, word="stored"):
    """Stores a row, tells `word` after the COMMIT, and meets one error a run until none is left."""
    left = list(errors)

    def run():
        db.session.add(Thing(name=word))
        after_commit(lambda: told.append(word))
        db.session.flush()
        assert told == []
        if left and (error := left.pop(0)):
            raise error
        return "answer"

    return run


def test_happens_in_its_order_when_the_commit_is_answered(app, told):
    def run():
        after_commit(lambda: told.append("first"))
        after_commit(lambda: told.append("second"))
        db.session.add(Thing(name="x"))

    with app.app_context():
        run_unit(run, commit=True, replay=False)
        assert told == ["first", "second"]
        run_unit(lambda: db.session.add(Thing(name="y")), commit=True, replay=False)

    assert told == ["first", "second"]


@pytest.mark.usefixtures("no_waiting")
class TestUnitThatRunsAgain:
    @pytest.mark.parametrize("lost", [1, 2])
    def test_tells_once(self, app, told, lost):
        with app.app_context():
            run_unit(unit(told, *[deadlock()] * lost), commit=True, replay=True)

        assert told == ["stored"]

    def test_tells_once_after_a_conflict_at_commit(self, app, told, fails):
        fails(db.session, "commit", deadlock())

        with app.app_context():
            run_unit(unit(told), commit=True, replay=True)

        assert told == ["stored"]


@pytest.mark.usefixtures("no_waiting")
@table("error", [ConflictError(), deadlock(), database_error(2013, "Lost connection")])
def test_unit_that_is_undone_tells_nothing_not_even_with_the_next_one(app, told, error):
    with app.app_context():
        with pytest.raises(type(error)):
            run_unit(unit(told, *[error] * 3), commit=True, replay=True)
        run_unit(lambda: db.session.add(Thing(name=str(error)[:50])), commit=True, replay=True)

    assert told == []
    assert "stored" not in things(app)


def test_commit_that_was_not_answered_tells_nothing(app, told, fails):
    fails(db.session, "commit", database_error(2013, "Lost connection"))

    with app.app_context(), pytest.raises(Exception, match="Lost connection"):
        run_unit(unit(told), commit=True, replay=True)

    assert told == []


def test_transaction_that_ends_without_a_commit_tells_nothing(app, told):
    with app.app_context():
        run_unit(unit(told), commit=False, replay=False)
        release_connection()
        after_commit(lambda: told.append("outside of any transaction"))
        release_connection()
        db.session.commit()

    assert told == []


def test_savepoint_is_no_commit(app, told):
    def run():
        after_commit(lambda: told.append("stored"))
        Things().bulk_insert([{"name": "inside"}])
        assert told == []

    with app.app_context():
        run_unit(run, commit=True, replay=False)

    assert told == ["stored"]


def test_what_a_savepoint_registers_is_told_unless_it_is_undone(app, told):
    def broken_off():
        with Things().transaction():
            with Things().transaction():
                after_commit(lambda: told.append("undone with the outer one"))
            after_commit(lambda: told.append("undone"))
            raise ConflictError

    def run():
        with Things().transaction():
            after_commit(lambda: told.append("kept"))
        with pytest.raises(ConflictError):
            broken_off()
        after_commit(lambda: told.append("last"))
        db.session.add(Thing(name="x"))

    with app.app_context():
        run_unit(run, commit=True, replay=False)

    assert told == ["kept", "last"]


def test_one_that_fails_is_logged_and_changes_neither_the_answer_nor_the_others(app, told, events):
    def run():
        after_commit(lambda: 1 / 0)
        return unit(told)()

    with app.app_context():
        answer = run_unit(run, commit=True, replay=False)

    assert (answer, told, things(app)) == ("answer", ["stored"], ["stored"])
    assert [line["log_level"] for line in events if line["event"] == "db.after_commit_failed"] == ["error"]
