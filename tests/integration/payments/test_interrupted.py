"""The connection breaks around COMMIT: one payment, or none and the truth about it."""

import pytest

from backend.core.db import db
from backend.core.observability import metrics
from backend.modules.payments import retry_budget, service
from tests.framework.api import Api
from tests.framework.waiting import eventually
from tests.integration.payments.books import NOTHING, ONE_OF_EACH
from tests.integration.support.applications import checked_out
from tests.integration.support.breaking import AT_COMMIT, breaker_of, nobody_is_ended  # noqa: F401 - a fixture
from tests.integration.support.concurrency import at_once

pytestmark = pytest.mark.usefixtures("real_commits")


breaker = breaker_of("payments")


@pytest.mark.parametrize("way", AT_COMMIT)
class TestAtCommit:
    def test_is_one_payment(self, pay, breaker, books, way):
        breaker.arm(way)

        response = pay()

        assert breaker.fired == 1
        assert response.status_code == 201
        breaker.settle()
        assert books.counts() == ONE_OF_EACH
        again = pay()
        assert (again.status_code, again.json) == (201, response.json)

    def test_twice_is_one_payment(self, pay, breaker, books, way):
        breaker.arm(way, way)

        response = pay()

        assert response.status_code == 201
        breaker.settle()
        assert books.counts() == ONE_OF_EACH

    def test_with_twins_is_one_payment(self, pay, breaker, books, way):
        breaker.arm(way, way, way)

        answers = at_once(8, lambda _: pay())

        assert breaker.fired >= 1
        assert {answer.status_code for answer in answers} <= {201, 409, 503}
        breaker.settle()
        assert pay().status_code == 201
        assert books.counts() == ONE_OF_EACH


@pytest.mark.usefixtures("nobody_is_ended")
class TestUnknown:
    @pytest.mark.parametrize("way", ["late_commit", "reply_lost"])
    def test_without_kill_the_next_try_waits_for_the_transaction_in_doubt(self, pay, breaker, books, way):
        breaker.arm(way)

        response = pay()

        assert response.status_code == 201
        breaker.settle()
        assert books.counts() == ONE_OF_EACH

    def test_doubt_that_outlasts_the_budget_is_said_and_the_next_request_resolves_it(self, pay, breaker, books):
        """A plain SELECT would have said that nothing is stored, and a moment later the payment is there."""
        breaker.arm("very_late_commit")

        response = pay()

        assert (response.status_code, response.json["data"]) == (503, {"outcome": "unknown"})
        assert int(response.headers["Retry-After"]) >= 1
        assert books.counts() == NOTHING
        breaker.settle()
        eventually(lambda: books.counts() == ONE_OF_EACH, "the late COMMIT is applied")
        again = pay()
        assert again.status_code == 201
        assert again.headers["Idempotent-Replayed"] == "true"


class TestBeforeCommit:
    @pytest.fixture
    def killed(self, sql, monkeypatch):
        """`killed(times)`: so many payments lose their connection between the INSERTs and COMMIT."""

        def arrange(times):
            left, real = [None] * times, service.outbox.append

            def append(*rows):
                real(*rows)
                if left:
                    left.pop()
                    sql.kill(db.session.connection().connection.dbapi_connection.thread_id())

            monkeypatch.setattr(service.outbox, "append", append)

        return arrange

    def test_lost_connection_is_ridden_out(self, pay, books, killed):
        killed(2)
        before = metrics.RETRIES.labels("payments")._value.get()

        assert pay().status_code == 201
        assert books.counts() == ONE_OF_EACH
        assert metrics.RETRIES.labels("payments")._value.get() == before + 2

    def test_next_payment_has_a_connection_that_works(self, shop, client, owner, pay, killed):
        killed(1)
        pay()

        assert client.get("/api/v1/users/me", by=owner).status_code == 200


def test_a_resolver_that_only_reads_would_lie(pay, breaker, books, monkeypatch):
    """The mistake that all this is about, made on purpose: the suite sees it."""
    monkeypatch.setattr("backend.core.db.connections.number", lambda _: None)
    monkeypatch.setattr(retry_budget.RetryBudget, "_after", lambda *_: None)
    breaker.arm("late_commit")

    assert pay().status_code == 503
    said = "saved" if books.counts() == ONE_OF_EACH else "not saved"
    breaker.settle()

    eventually(lambda: books.counts() == ONE_OF_EACH, "the late COMMIT is applied")
    assert said == "not saved"


def test_application_keeps_no_connection_after_all_that(shop, pay, breaker):
    breaker.arm("never_arrived", "reply_lost")
    pay()

    assert checked_out(shop) == 0
    assert Api(shop).get("/health/live").status_code == 200
