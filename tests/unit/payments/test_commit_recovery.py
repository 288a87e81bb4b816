"""The database breaks off in the middle of a payment: what is tried again and how often, and what the client is told."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core import clock
from backend.core.db import connections as db_connections
from backend.core.db import db, unit_of_work
from backend.core.db import monitor as db_monitor
from backend.core.db.monitor import State
from backend.core.errors import DatabaseUnavailableError, DuplicateError
from backend.modules.payments import bulkhead, service
from tests.unit.core.support import database_error, deadlock, duplicate

LOST = database_error(2013, "Lost connection")
DOWN = database_error(2003, "Can't connect")
LOCKED = database_error(1205, "Lock wait timeout exceeded")
NOTHING, ONE_OF_EACH = [0] * 6, [1, 1, 1, 2, 1, 0]

pytestmark = pytest.mark.usefixtures("pauses")


@pytest.fixture
def breaks(monkeypatch):
    """`breaks(error, ...)`: so many tries meet these, one after the other, before their COMMIT."""

    def arrange(*errors):
        left, real = list(errors), service.outbox.append

        def append(*rows):
            real(*rows)
            if left:
                raise left.pop(0)

        monkeypatch.setattr(service.outbox, "append", append)

    return arrange


@pytest.fixture
def commit_breaks(monkeypatch):
    """`commit_breaks("applied", "lost")`: so many COMMITs get no reply; "applied" ones have been stored nevertheless."""

    def arrange(*fates, error=LOST):
        left, real = list(fates), unit_of_work.db.session().__class__.commit

        def commit(session):
            if not left or not session.info.get("paying"):
                return real(session)
            if left.pop(0) == "applied":
                real(session)
            raise error

        monkeypatch.setattr(unit_of_work.db.session().__class__, "commit", commit)
        original = service.outbox.append

        def append(*rows):
            original(*rows)
            db.session.info["paying"] = True

        monkeypatch.setattr(service.outbox, "append", append)

    return arrange


@pytest.fixture(autouse=True)
def context(app):
    with app.app_context():
        yield


def refused(response, outcome):
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert response.json["data"] == {"outcome": outcome}


class TestBeforeCommit:
    @pytest.mark.parametrize("error", [DOWN, database_error(1290, "read-only"), DatabaseUnavailableError()], ids=repr)
    def test_short_interruption_is_ridden_out(self, pay, breaks, counts, pauses, log_lines, error):
        breaks(error, error)

        response = pay()

        assert response.status_code == 201
        assert "Idempotent-Replayed" not in response.headers
        assert counts() == ONE_OF_EACH
        assert pauses == [2, pytest.approx(2, abs=0.5)]
        retries = [line for line in log_lines if line["event"] == "payments.retry"]
        assert [(line["attempt"], line["of"], line["outcome"]) for line in retries] == [
            (2, 3, "not_saved"),
            (3, 3, "not_saved"),
        ]

    def test_connection_that_broke_is_replaced_at_once(self, pay, breaks, counts, pauses, log_lines):
        """It may have been dead in the pool for long, which says nothing about the database."""
        breaks(LOST)

        assert pay().status_code == 201
        assert counts() == ONE_OF_EACH
        assert pauses == [0.02]
        assert [line["attempt"] for line in log_lines if line["event"] == "payments.reconnect"] == [1]

    def test_one_that_breaks_too_is_an_outage(self, pay, breaks, counts, pauses):
        breaks(LOST, LOST, LOST)

        assert pay().status_code == 201
        assert counts() == ONE_OF_EACH
        assert pauses == [0.02, 2, pytest.approx(2, abs=0.5)]

    def test_long_one_is_refused_and_nothing_is_saved(self, pay, breaks, counts, pauses):
        breaks(LOST, LOST, LOST, LOST)

        refused(pay(), "not_saved")
        assert counts() == NOTHING
        assert len(pauses) == 3

    @pytest.mark.parametrize("error", [PoolTimeoutError(), database_error(1969, "max_statement_time")], ids=repr)
    def test_overload_is_not_made_worse(self, pay, breaks, counts, pauses, error):
        breaks(error)

        refused(pay(), "not_saved")
        assert (counts(), pauses) == (NOTHING, [])

    @pytest.mark.parametrize("error", [deadlock(), duplicate(), DuplicateError()], ids=repr)
    def test_collision_is_tried_again_at_once(self, pay, breaks, counts, pauses, error):
        breaks(error, error)

        assert pay().status_code == 201
        assert counts() == ONE_OF_EACH
        assert len(pauses) == 2
        assert max(pauses) < 0.2

    @pytest.mark.parametrize("error", [deadlock(), DuplicateError()], ids=repr)
    def test_collision_again_and_again_is_a_twin(self, pay, breaks, counts, error):
        breaks(error, error, error)

        response = pay()

        assert (response.status_code, response.headers["Retry-After"]) == (409, "1")
        assert counts() == NOTHING

    def test_twin_at_work_is_not_waited_for_twice(self, pay, breaks, pauses):
        breaks(LOCKED)

        response = pay()

        assert (response.status_code, response.headers["Retry-After"]) == (409, "1")
        assert pauses == []

    @pytest.mark.parametrize(
        ("error", "status"), [(database_error(1146, "no such table"), 500), (database_error(1406, "too long"), 422)]
    )
    def test_mistakes_are_not_interruptions(self, pay, breaks, counts, pauses, error, status):
        breaks(error)

        assert pay().status_code == status
        assert (counts(), pauses) == (NOTHING, [])


class TestAtCommit:
    def test_applied_one_is_met_by_the_next_try(self, pay, commit_breaks, counts, log_lines):
        commit_breaks("applied")

        response = pay()

        assert response.status_code == 201
        assert counts() == ONE_OF_EACH
        events = [line["event"] for line in log_lines if line["event"].startswith("payments.")]
        assert events == ["payments.opened", "payments.commit_unknown", "payments.reconnect"]

    def test_one_that_never_arrived_is_made_again(self, pay, commit_breaks, counts):
        commit_breaks("lost")

        assert pay().status_code == 201
        assert counts() == ONE_OF_EACH

    @pytest.mark.parametrize("fate", ["applied", "lost"])
    def test_whatever_the_error_is(self, pay, commit_breaks, counts, fate):
        commit_breaks(fate, error=database_error(1317, "interrupted"))

        assert pay().status_code == 201
        assert counts() == ONE_OF_EACH

    def test_one_in_doubt_to_the_end_is_unknown(self, pay, commit_breaks):
        commit_breaks("lost", "lost", "lost", "lost")

        refused(pay(), "unknown")

    def test_doubt_outlasts_what_comes_after_it(self, pay, commit_breaks):
        """The second try certainly stores nothing, and says nothing about the first."""
        commit_breaks("lost")
        breaks_after_first(service, DOWN, DOWN, DOWN)

        refused(pay(), "unknown")

    def test_overload_after_doubt_is_unknown(self, pay, commit_breaks):
        commit_breaks("lost")
        breaks_after_first(service, PoolTimeoutError())

        refused(pay(), "unknown")

    def test_lock_is_waited_for_while_there_is_doubt(self, pay, commit_breaks, counts):
        """Whoever holds it may be our own first try."""
        commit_breaks("lost")
        breaks_after_first(service, LOCKED)

        assert pay().status_code == 201
        assert counts() == ONE_OF_EACH

    def test_lock_that_stays_is_unknown(self, pay, commit_breaks):
        commit_breaks("lost")
        breaks_after_first(service, LOCKED, LOCKED, LOCKED)

        refused(pay(), "unknown")

    def test_its_connection_is_ended_before_anything_else(self, pay, commit_breaks, monkeypatch):
        ended = []
        monkeypatch.setattr(db_connections, "number", lambda _: 17)
        monkeypatch.setattr(db_connections, "end", lambda session, number: ended.append(number))
        commit_breaks("lost")

        assert pay().status_code == 201
        assert ended == [17]

    def test_nobody_is_ended_where_there_is_no_doubt(self, pay, breaks, monkeypatch):
        ended = []
        monkeypatch.setattr(db_connections, "number", lambda _: 17)
        monkeypatch.setattr(db_connections, "end", lambda session, number: ended.append(number))
        breaks(LOST)

        assert pay().status_code == 201
        assert ended == []


def breaks_after_first(module, *errors):
    """The second and further tries meet these before their COMMIT."""
    left, real = [None, *errors], module.events.append

    def append(*rows):
        real(*rows)
        error = left.pop(0) if left else None
        if error:
            raise error

    module.events.append = append


@pytest.fixture(autouse=True)
def whole_again():
    """Take back what `breaks_after_first` did."""
    yield
    vars(service.events).pop("append", None)


class TestWhoIsCalling:
    """Looking that up is the first thing that needs the database."""

    @pytest.fixture
    def lookup(self, app, monkeypatch):
        from backend.core.security.access import LOADER

        real = app.extensions[LOADER]

        def arrange(*errors):
            left = list(errors)

            def load(claims):
                if left:
                    raise left.pop(0)
                return real(claims)

            monkeypatch.setitem(app.extensions, LOADER, load)

        return arrange

    def test_is_ridden_out_as_well(self, pay, lookup, counts, pauses):
        lookup(DOWN, DOWN)

        assert pay().status_code == 201
        assert len(pauses) == 2
        assert counts() == ONE_OF_EACH

    def test_is_refused_alike(self, pay, lookup):
        lookup(DOWN, DOWN, DOWN)

        refused(pay(), "not_saved")

    def test_there_is_one_budget_for_both(self, pay, lookup, breaks, pauses):
        lookup(DOWN)
        breaks(LOST, LOST, LOST)

        refused(pay(), "not_saved")
        assert len(pauses) == 3

    def test_other_routes_answer_at_once(self, api, owner, lookup, pauses):
        lookup(DOWN)

        assert api.get("/payment/a", by=owner).status_code == 503
        assert pauses == []


class TestHowLong:
    @pytest.fixture
    def down_for(self, app, monkeypatch):
        def arrange(seconds):
            monitor = app.extensions[db_monitor.EXTENSION]
            monkeypatch.setattr(monitor, "state", State.DOWN)
            monkeypatch.setattr(monitor, "changed_at", clock.utcnow() - timedelta(seconds=seconds))
            monkeypatch.setattr(monitor, "refuse_if_down", lambda: None)

        return arrange

    def test_long_outage_is_answered_at_once(self, pay, breaks, down_for, pauses):
        down_for(4)
        breaks(DOWN)

        refused(pay(), "not_saved")
        assert pauses == []

    def test_outage_that_has_lasted_is_waited_for_as_long_as_is_left(self, pay, breaks, down_for, pauses):
        down_for(3)
        breaks(DOWN)

        assert pay().status_code == 201
        assert pauses == [pytest.approx(1, abs=0.5)]

    @pytest.mark.parametrize(("error", "outcome"), [(DOWN, 503), (deadlock(), 409)], ids=["down", "deadlock"])
    def test_slow_tries_use_the_budget_up(self, pay, breaks, pauses, monkeypatch, error, outcome):
        now = [1000.0]
        monkeypatch.setattr(clock, "monotonic", lambda: now[0])
        real = service.orders.check_payable

        def slow(order):
            now[0] += 3
            real(order)

        monkeypatch.setattr(service.orders, "check_payable", slow)
        breaks(error, error)

        assert pay().status_code == outcome
        assert pauses == [pytest.approx(1 if error is DOWN else 0.04, rel=0.6)]

    def test_who_finds_no_place_to_wait_is_refused_at_once(self, app, pay, breaks, pauses, monkeypatch):
        monkeypatch.setattr(app.extensions[bulkhead.EXTENSION], "_aside", 4)
        breaks(DOWN)

        refused(pay(), "not_saved")
        assert pauses == []
