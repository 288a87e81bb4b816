"""The reservation is made and the database fails: what is surely not stored is given back, what is in doubt is left alone."""

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core.db import db
from backend.core.errors import DuplicateError
from backend.modules.orders import service
from tests.unit.core.support import database_error, deadlock
from tests.unit.orders.conftest import PATH, WANTED
from tests.unit.orders.outside import CANCEL, REFUSED, SEND

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
}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("backend.core.transactions.BACKOFF", 0)


@pytest.fixture
def place(api, owner, outside):
    return lambda: api.post(PATH, json=WANTED, by=owner)


@pytest.fixture
def storing(monkeypatch):
    """`storing(error)`: no order can be stored; with `after=True` it is, and then the error comes."""
    real = service.orders.create

    def arrange(error, *, after=False):
        def create(**values):
            if after:
                real(**values)
                db.session.commit()
            raise error

        monkeypatch.setattr(service.orders, "create", create)

    return arrange


class TestSurelyNotStored:
    @pytest.mark.parametrize("error", SURELY_NOT.values(), ids=SURELY_NOT)
    def test_reservation_is_cancelled(self, outside, place, stored, storing, error):
        storing(error)

        assert place().status_code in {409, 422, 500, 503}

        (cancelled,) = outside.calls(CANCEL)
        number = cancelled.headers["Idempotency-Key"].removesuffix("-cancel")
        assert cancelled.json() == {"reservationId": f"res-{number}"}
        assert outside.calls(SEND) == []
        assert stored() == []

    def test_deadlock_is_tried_again_and_nobody_notices(self, outside, place, monkeypatch):
        real, errors = service.orders.create, [deadlock(), deadlock()]

        def lose_or_create(**values):
            if errors:
                raise errors.pop()
            return real(**values)

        monkeypatch.setattr(service.orders, "create", lose_or_create)

        assert place().status_code == 201
        assert outside.asked().count("reserve") == 1
        assert outside.calls(CANCEL) == []

    def test_cancelling_that_fails_too_leaves_the_first_error_and_a_line_in_the_log(
        self, outside, place, storing, log_lines
    ):
        outside.answers(CANCEL, REFUSED)
        storing(SURELY_NOT["no connection"])

        assert place().status_code == 503

        assert {"orders.storing_failed", "orders.not_released"} <= {line["event"] for line in log_lines}

    def test_cancelling_has_a_deadline_of_its_own(self, outside, place, storing, monkeypatch, settings):
        now = [1000.0]
        monkeypatch.setattr("backend.core.clock.monotonic", lambda: now[0])
        storing(SURELY_NOT["no connection"])
        real = service.orders.create

        def slow(**values):
            now[0] += settings.service_deadline_seconds
            real(**values)

        monkeypatch.setattr(service.orders, "create", slow)

        place()

        assert len(outside.calls(CANCEL)) == 1


class TestInDoubt:
    @pytest.mark.parametrize("error", IN_DOUBT.values(), ids=IN_DOUBT)
    def test_reservation_is_left_to_expire(self, outside, place, storing, error):
        """The COMMIT may still arrive: an order without its goods would be worse than goods held for fifteen minutes."""
        storing(error)

        assert place().status_code in {500, 503}
        assert outside.calls(CANCEL) == []

    @pytest.mark.parametrize("error", IN_DOUBT.values(), ids=IN_DOUBT)
    def test_order_that_is_there_after_all_is_an_order(self, outside, place, stored, storing, error):
        storing(error, after=True)

        response = place()

        (order,) = stored()
        assert response.status_code == 201
        assert response.json["data"]["number"] == order.number
        assert order.notified
        assert outside.calls(CANCEL) == []


class TestRecording:
    """What happened outside has happened, whether it can be written down or not."""

    @pytest.fixture
    def forgetful(self, monkeypatch):
        def fail(*_, **__):
            raise database_error(2013, "Lost connection")

        monkeypatch.setattr(service.orders, "bulk_update", fail)

    def test_notification_that_cannot_be_recorded_does_not_fail_the_order(self, forgetful, place, log_lines):
        response = place()

        data = response.json["data"]
        assert (response.status_code, data["notified"]) == (201, False)
        (line,) = [line for line in log_lines if line["event"] == "orders.not_recorded"]
        assert (line["number"], line["what"], line["fault"]) == (data["number"], ["notified_at"], "lost")

    def test_only_errors_of_the_database_are_passed_over(self, place, monkeypatch):
        def fail(*_, **__):
            raise RuntimeError("mistake")

        monkeypatch.setattr(service.orders, "bulk_update", fail)

        assert place().status_code == 500


def test_every_doubtful_error_is_one_of_the_driver():
    assert all(isinstance(error, DBAPIError) for error in IN_DOUBT.values())
