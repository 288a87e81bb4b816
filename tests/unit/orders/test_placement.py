"""The reservation is made and the database fails: what is surely not stored is given back, what is in doubt is left alone."""

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core.db import connections as db_connections
from backend.core.db.connections import ServerSession
from backend.core.errors import DatabaseUnavailableError, DuplicateError
from backend.modules.orders import service
from tests.unit.core.support import database_error, deadlock
from tests.unit.orders.conftest import PATH, WANTED, refused
from tests.unit.orders.fake_services import CANCEL, REFUSED, SEND

SURELY_NOT = {
    "deadlocks": deadlock(),
    "no connection": database_error(2003, "Can't connect"),
    "read-only": database_error(1290, "read-only"),
    "unknown user": database_error(1452, "foreign key"),
    "pool exhausted": PoolTimeoutError(),
    "number exists": DuplicateError(),
    "mistake of ours": RuntimeError("mistake"),
}
IN_DOUBT = {
    "lost": database_error(2013, "Lost connection"),
    "interrupted": database_error(1317, "Query execution was interrupted"),
    "unknown": database_error(9999, "?"),
    "no connection": database_error(2003, "Can't connect"),
}
REFUSED_AT_COMMIT = {
    "deadlocks": deadlock(),
    "read-only": database_error(1290, "read-only"),
    "unknown user": database_error(1452, "foreign key"),
}

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.fixture
def place(api, owner, fake_services):
    return lambda: api.post(PATH, json=WANTED, by=owner)


@pytest.fixture
def create_fails(fails):
    """`create_fails(error)`: no order can be stored, because of something before COMMIT."""
    return lambda error: fails(service.orders, "create", always=error)


class TestSurelyNotStored:
    @pytest.mark.parametrize("error", SURELY_NOT.values(), ids=SURELY_NOT)
    def test_reservation_is_cancelled(self, fake_services, place, stored, create_fails, error):
        create_fails(error)

        assert place().status_code in {409, 422, 500, 503}

        (cancelled,) = fake_services.calls(CANCEL)
        number = cancelled.headers["Idempotency-Key"].removesuffix("-cancel")
        assert cancelled.json() == {"reservationId": f"res-{number}"}
        assert fake_services.calls(SEND) == []
        assert stored() == []

    def test_deadlock_is_tried_again_and_nobody_notices(self, fake_services, place, fails):
        fails(service.orders, "create", deadlock(), deadlock())

        assert place().status_code == 201
        assert fake_services.asked().count("reserve") == 1
        assert fake_services.calls(CANCEL) == []

    def test_cancelling_that_fails_too_leaves_the_first_error_and_a_line_in_the_log(
        self, fake_services, place, create_fails, log_lines
    ):
        fake_services.answers(CANCEL, REFUSED)
        create_fails(SURELY_NOT["no connection"])

        assert place().status_code == 503

        assert {"orders.storing_failed", "orders.not_released"} <= {line["event"] for line in log_lines}

    def test_cancelling_has_a_deadline_of_its_own(self, fake_services, place, create_fails, monkeypatch, settings):
        now = [1000.0]
        monkeypatch.setattr("backend.core.clock.monotonic", lambda: now[0])
        create_fails(SURELY_NOT["no connection"])
        real = service.orders.create

        def slow(**values):
            now[0] += settings.service_deadline_seconds
            real(**values)

        monkeypatch.setattr(service.orders, "create", slow)

        place()

        assert len(fake_services.calls(CANCEL)) == 1


class TestRefusedAtCommit:
    @pytest.mark.parametrize("error", REFUSED_AT_COMMIT.values(), ids=REFUSED_AT_COMMIT)
    def test_reservation_is_cancelled(self, fake_services, place, stored, commits, error):
        commits("lost", "lost", "lost", error=error)

        assert place().status_code in {422, 503}
        assert len(fake_services.calls(CANCEL)) == 1
        assert stored() == []


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        "error", ["deadlocks", "no connection", "read-only", "pool exhausted"], ids=lambda name: name
    )
    def test_of_what_is_not_saved(self, place, create_fails, error):
        create_fails(SURELY_NOT[error])

        refused(place(), "not_saved")

    def test_of_a_lock_that_nobody_gives_free(self, place, create_fails):
        create_fails(database_error(1205, "Lock wait timeout exceeded"))

        refused(place(), "not_saved")

    @pytest.mark.parametrize("error", IN_DOUBT.values(), ids=IN_DOUBT)
    def test_of_what_nobody_knows(self, place, commits, error):
        commits("lost", "lost", "lost", error=error)

        refused(place(), "unknown")

    @pytest.mark.parametrize("error", ["unknown user", "mistake of ours", "number exists"])
    def test_of_mistakes_nothing(self, place, create_fails, error):
        create_fails(SURELY_NOT[error])

        assert "outcome" not in place().json["data"]


class TestInDoubt:
    @pytest.mark.parametrize("error", IN_DOUBT.values(), ids=IN_DOUBT)
    def test_reservation_is_left_to_expire(self, fake_services, place, commits, error):
        """The COMMIT may still arrive: an order without its goods would be worse than goods held for fifteen minutes."""
        commits("lost", "lost", "lost", error=error)

        assert place().status_code == 503
        assert fake_services.calls(CANCEL) == fake_services.calls(SEND) == []

    @pytest.mark.parametrize("fate", ["applied", "lost"])
    @pytest.mark.parametrize("error", IN_DOUBT.values(), ids=IN_DOUBT)
    def test_next_try_meets_the_order_or_makes_it(self, fake_services, place, stored, commits, error, fate):
        commits(fate, error=error)

        response = place()

        (order,) = stored()
        assert response.status_code == 201
        assert "Idempotent-Replayed" not in response.headers
        assert response.json["data"]["number"] == order.number
        assert order.notified
        assert fake_services.calls(CANCEL) == []
        assert len(fake_services.calls(SEND)) == 1

    def test_its_connection_is_ended_before_the_next_try(self, place, commits, monkeypatch):
        ended = []
        monkeypatch.setattr(db_connections, "number", lambda _: ServerSession(17, "here"))
        monkeypatch.setattr(db_connections, "end", lambda session, gone: ended.append(gone.number))
        commits("lost")

        assert place().status_code == 201
        assert ended == [17]

    @pytest.mark.parametrize("second", [*SURELY_NOT.values()], ids=SURELY_NOT)
    def test_outlasts_whatever_comes_after_it(self, fake_services, place, commits, fails, second):
        """A try that surely stores nothing says nothing about the first."""
        commits("lost")
        fails(service.orders, "create", None, always=second)

        assert place().status_code in {500, 503}
        assert fake_services.calls(CANCEL) == []


class TestRecording:
    """A step at a partner counts even if it cannot be recorded here."""

    @pytest.mark.parametrize(
        ("error", "fault"), [(IN_DOUBT["lost"], "lost"), (DatabaseUnavailableError(), "connect")], ids=["lost", "down"]
    )
    def test_notification_that_cannot_be_recorded_does_not_fail_the_order(self, place, log_lines, fails, error, fault):
        fails(service.orders, "bulk_update", always=error)

        response = place()

        data = response.json["data"]
        assert (response.status_code, data["notified"]) == (201, False)
        (line,) = [line for line in log_lines if line["event"] == "orders.not_recorded"]
        assert (line["number"], line["what"], line["fault"]) == (data["number"], ["notified_at"], fault)

    def test_only_errors_of_the_database_are_passed_over(self, place, fails):
        fails(service.orders, "bulk_update", always=RuntimeError("mistake"))

        assert place().status_code == 500
