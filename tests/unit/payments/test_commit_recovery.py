"""The database breaks off in the middle of a payment: what is tried again and how often, and what the client is told."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core import clock
from backend.core.db import connections as db_connections
from backend.core.db import monitor as db_monitor
from backend.core.db.connections import ServerSession
from backend.core.db.monitor import State
from backend.core.errors import DatabaseUnavailableError, DuplicateError
from backend.core.security.access import LOADER
from backend.modules.payments import bulkhead, service
from tests.unit.core.support import database_error, deadlock, duplicate
from tests.unit.orders.conftest import LOST, lost_replies, refused
from tests.unit.payments.conftest import NOTHING, ONE_OF_EACH

DOWN = database_error(2003, "Can't connect")
LOCKED = database_error(1205, "Lock wait timeout exceeded")

pytestmark = pytest.mark.usefixtures("pauses", "session")


@pytest.fixture
def breaks(fails):
    """`breaks(error, ...)`: so many tries meet these, one after the other, before their COMMIT."""
    return lambda *errors: fails(service.outbox, "append", *errors, after=True)


@pytest.fixture
def breaks_after_first(fails):
    """The second and further tries meet these before their COMMIT."""
    return lambda *errors: fails(service.events, "append", None, *errors, after=True)


@pytest.fixture
def commit_breaks(monkeypatch):
    """The COMMITs of payments that break: `lost_replies`."""
    return lost_replies(monkeypatch, service.outbox, "append")


@pytest.fixture
def ended(monkeypatch):
    """The connections that are ended, because a COMMIT over them is in doubt."""
    numbers = []
    monkeypatch.setattr(db_connections, "number", lambda _: ServerSession(17, "here"))
    monkeypatch.setattr(db_connections, "end", lambda session, gone: numbers.append(gone.number))
    return numbers


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

    @pytest.mark.parametrize(
        ("errors", "tries"),
        [([deadlock()] * 3, 3), ([DuplicateError()] * 3, 3), ([LOCKED], 1)],
        ids=["deadlocks", "duplicates", "lock: not waited for twice"],
    )
    def test_collision_again_and_again_is_a_twin(self, pay, breaks, counts, pauses, errors, tries):
        breaks(*errors)

        response = pay()

        assert (response.status_code, response.headers["Retry-After"]) == (409, "1")
        assert counts() == NOTHING
        assert len(pauses) == tries - 1

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

    @pytest.mark.parametrize("fate", ["applied", "lost"])
    @pytest.mark.parametrize("error", [LOST, database_error(1317, "interrupted")], ids=repr)
    def test_one_that_never_arrived_is_made_again_whatever_the_error_is(self, pay, commit_breaks, counts, fate, error):
        commit_breaks(fate, error=error)

        assert pay().status_code == 201
        assert counts() == ONE_OF_EACH

    def test_one_in_doubt_to_the_end_is_unknown(self, pay, commit_breaks):
        commit_breaks("lost", "lost", "lost", "lost")

        refused(pay(), "unknown")

    @pytest.mark.parametrize("errors", [[DOWN] * 3, [PoolTimeoutError()], [LOCKED] * 3], ids=["down", "busy", "locked"])
    def test_doubt_outlasts_what_comes_after_it(self, pay, commit_breaks, breaks_after_first, errors):
        """The later tries certainly store nothing, and say nothing about the first."""
        commit_breaks("lost")
        breaks_after_first(*errors)

        refused(pay(), "unknown")

    def test_lock_is_waited_for_while_there_is_doubt(self, pay, commit_breaks, breaks_after_first, counts):
        """Whoever holds it may be our own first try."""
        commit_breaks("lost")
        breaks_after_first(LOCKED)

        assert pay().status_code == 201
        assert counts() == ONE_OF_EACH

    def test_its_connection_is_ended_before_anything_else(self, pay, commit_breaks, ended):
        commit_breaks("lost")

        assert pay().status_code == 201
        assert ended == [17]

    def test_nobody_is_ended_where_there_is_no_doubt(self, pay, breaks, ended):
        breaks(LOST)

        assert pay().status_code == 201
        assert ended == []


class TestWhoIsCalling:
    """Looking that up is the first thing that needs the database."""

    @pytest.fixture
    def lookup(self, app, monkeypatch, fails):
        loader = SimpleNamespace(load=app.extensions[LOADER])
        monkeypatch.setitem(app.extensions, LOADER, lambda claims: loader.load(claims))  # noqa: PLW0108 - as it is then
        return lambda *errors: fails(loader, "load", *errors)

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
