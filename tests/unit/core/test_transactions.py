"""Transactions: committed at the edge, undone by an error, replayed only after a lost fight, and one that survives errors."""

import pytest
from sqlalchemy.exc import OperationalError

from backend.core.db import db, transactions
from backend.core.db.transactions import independent_transaction, release_connection, run_unit
from backend.core.errors import ConflictError, UnauthorizedError
from backend.core.observability import metrics
from backend.core.security.access import public
from backend.core.web.route import Route
from tests.framework.tables import table
from tests.unit.core.support import Thing, app_fixture, database_error, deadlock, duplicate, things

REAL_RETRIES = transactions.RETRIES


def add(name: str) -> None:
    db.session.add(Thing(name=name))
    db.session.flush()


def revoke_and_refuse() -> None:
    """What a stolen refresh token does: the revocation must be on disk although the answer is an error."""
    add("written by the request")
    with independent_transaction() as session:
        session.add(Thing(name="revoked"))
    raise UnauthorizedError


def fail_inside() -> None:
    with independent_transaction() as session:
        session.add(Thing(name="half"))
        raise ConflictError


ROUTES = [
    Route("POST", "/api/probe/revoke", revoke_and_refuse, public),
    Route("POST", "/api/probe/fail", fail_inside, public),
]


app = app_fixture(ROUTES)


@pytest.fixture
def on_disk(build, tmp_path):
    """The application over a file: what is committed is committed."""
    return build(ROUTES, database_url=f"sqlite:///{tmp_path}/test.sqlite3")


class Unit:
    """A unit that stores `name` and then meets one error after the other, until none is left."""

    def __init__(self, *errors: Exception | None, name: str = "stored") -> None:
        self.errors = list(errors)
        self.name = name
        self.runs = 0

    def __call__(self) -> str:
        self.runs += 1
        add(self.name)
        if self.errors and (error := self.errors.pop(0)):
            raise error
        return "answer"


class TestUnit:
    def test_a_write_is_committed(self, app):
        with app.app_context():
            answer = run_unit(Unit(), commit=True, replay=False)

        assert answer == "answer"
        assert things(app) == ["stored"]

    def test_a_read_is_not_committed(self, app):
        with app.app_context():
            run_unit(Unit(), commit=False, replay=False)

        assert things(app) == []

    def test_an_error_undoes_everything(self, app):
        with app.app_context(), pytest.raises(ConflictError):
            run_unit(Unit(ConflictError()), commit=True, replay=True)

        assert things(app) == []

    def test_an_error_leaves_nothing_to_the_next_unit(self, app):
        with app.app_context():
            with pytest.raises(ConflictError):
                run_unit(Unit(ConflictError()), commit=True, replay=True)
            run_unit(Unit(name="next"), commit=True, replay=False)

        assert things(app) == ["next"]

    def test_an_error_is_the_answer_even_if_its_connection_is_gone(self, on_disk, fails):
        fails(db.session, "rollback", database_error(2013, "Lost connection"))

        with on_disk.app_context(), pytest.raises(ConflictError):
            run_unit(Unit(ConflictError()), commit=True, replay=True)

        assert things(on_disk) == []


@pytest.mark.usefixtures("no_waiting")
class TestReplay:
    @pytest.mark.parametrize("lost", [1, 2])
    def test_a_unit_that_lost_is_run_again_from_its_start(self, app, lost):
        unit = Unit(*(deadlock() for _ in range(lost)))

        with app.app_context():
            answer = run_unit(unit, commit=True, replay=True)

        assert (answer, unit.runs) == ("answer", lost + 1)
        assert things(app) == ["stored"]

    @table(
        "error, replay, runs",
        [
            (deadlock(), True, 3),
            (deadlock(), False, 1),
            (database_error(2013, "Lost connection"), True, 3),
            (database_error(2013, "Lost connection"), False, 1),
            *((database_error(code, "text"), True, 1) for code in (2003, 1290, 3024, 1062, 1146)),
        ],
    )
    def test_at_most_three_times_where_that_is_allowed_and_only_what_surely_was_undone(self, app, error, replay, runs):
        unit = Unit(*[error] * 9)

        with app.app_context(), pytest.raises(type(error)):
            run_unit(unit, commit=True, replay=replay)

        assert unit.runs == runs
        assert things(app) == []

    def test_a_connection_that_broke_at_commit_is_no_reason_for_another_try(self, app, fails):
        """What it wrote may be stored."""
        unit = Unit()
        fails(db.session, "commit", database_error(2013, "Lost connection"))

        with app.app_context(), pytest.raises(OperationalError):
            run_unit(unit, commit=True, replay=True)

        assert unit.runs == 1

    def test_a_connection_that_broke_after_a_commit_that_conflicted_is_one(self, app, fails):
        unit = Unit(None, database_error(2013, "Lost connection"))
        fails(db.session, "commit", deadlock())

        with app.app_context():
            run_unit(unit, commit=True, replay=True)

        assert unit.runs == 3
        assert things(app) == ["stored"]

    def test_an_outage_is_not_waited_for_twice(self, app, monkeypatch):
        unit = Unit(*[database_error(2013, "Lost connection")] * 3)
        monkeypatch.setattr(transactions.clock, "monotonic", lambda: [0.0, 0.9, 1.1][unit.runs])

        with app.app_context(), pytest.raises(OperationalError):
            run_unit(unit, commit=False, replay=True)

        assert unit.runs == 2

    def test_a_conflict_at_commit_counts_too(self, app, fails):
        unit = Unit()
        fails(db.session, "commit", deadlock())

        with app.app_context():
            run_unit(unit, commit=True, replay=True)

        assert unit.runs == 2
        assert things(app) == ["stored"]

    def test_each_retry_is_logged_and_counted(self, app, events):
        counter = metrics.RETRIES.labels("database")._value
        before = counter.get()

        with app.app_context():
            run_unit(Unit(deadlock(), deadlock()), commit=True, replay=True)

        retries = [(e["attempt"], e["of"], e["fault"]) for e in events if e["event"] == "db.retry"]
        assert retries == [(2, 3, "conflict"), (3, 3, "conflict")]
        assert counter.get() == before + 2

    def test_waits_grow_and_are_never_the_same(self, app, monkeypatch):
        waits = []
        monkeypatch.setattr(transactions, "RETRIES", REAL_RETRIES)
        monkeypatch.setattr("backend.core.retry.time.sleep", waits.append)

        with app.app_context():
            run_unit(Unit(deadlock(), deadlock()), commit=True, replay=True)

        assert 0.02 <= waits[0] <= 0.06
        assert 0.04 <= waits[1] <= 0.12


class TestIndependentTransaction:
    def test_what_it_wrote_survives_the_error_answer_that_follows_also_over_real_connections(self, app, on_disk):
        for each in (app, on_disk):
            assert each.test_client().post("/api/probe/revoke").status_code == 401
            assert things(each) == ["revoked"]

    def test_an_error_inside_undoes_it(self, app, client):
        answer = client.post("/api/probe/fail")

        assert answer.status_code == 409
        assert things(app) == []

    def test_what_it_made_can_be_read_afterwards(self, app):
        with app.app_context():
            with independent_transaction() as session:
                thing = Thing(name="kept")
                session.add(thing)

            assert thing.name == "kept"
            assert thing.id > 0

    def test_a_database_error_inside_is_the_callers(self, app):
        with app.app_context(), pytest.raises(type(duplicate())), independent_transaction():
            raise duplicate()


def test_a_released_connection_is_taken_anew_and_what_was_read_stays_readable(on_disk):
    with on_disk.app_context():
        add("first")
        db.session.commit()
        thing = db.session.scalar(db.select(Thing))

        release_connection()

        assert db.engine.pool.checkedout() == 0
        assert thing.name == "first"
        assert db.session.scalar(db.select(Thing.name)) == "first"
