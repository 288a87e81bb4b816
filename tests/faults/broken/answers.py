"""Mistakes with what is answered: replays, states that notifications may change, waiting, and the form."""

from contextlib import nullcontext
from typing import Any

from flask import Flask
from sqlalchemy.pool import QueuePool

from backend.core import settings_checks
from backend.core.db import db
from backend.core.db import pool as db_pool
from backend.core.db.commit_recovery import OutcomeError
from backend.core.db.repository import Repository
from backend.core.errors import DuplicateError
from backend.modules.payments import bulkhead, controller, notifications, service, states
from backend.modules.payments.commands import OpenPayment
from backend.modules.payments.repository import RequestRepository
from backend.modules.payments.retry_budget import RetryBudget
from backend.modules.payments.schemas import PaymentOut
from backend.modules.payments.service import Answered


# --- replays
def replay_whatever_was_asked() -> None:
    """The first answer under a key is given again, whatever is asked for under it now."""

    def answered_before(command: OpenPayment) -> Answered | None:
        known = service.requests.known(command.user_id, command.idempotency_key, command.order_number)
        return Answered(PaymentOut.model_validate_json(known[0].answer), replayed=True) if known else None

    service._answered_before = answered_before


def replay_unmarked() -> None:
    """A repeated answer looks like the first one."""
    controller.mark_replayed = lambda: None


def duplicate_swallowed() -> None:
    """That the key belongs to another request already is no error."""

    def append(self: RequestRepository, *rows: dict[str, Any]) -> None:
        try:
            Repository.append(self, *rows)
        except DuplicateError:
            return

    RequestRepository.append = append  # type: ignore[method-assign]


def never_replayed() -> None:
    """Nobody looks whether the request was answered before."""
    service._answered_before = lambda _: None


# --- states
def state_goes_back() -> None:
    """Whatever is notified last is true."""
    notifications.may_become = lambda *_: True


def failed_is_final() -> None:
    """Money that comes after a failure is not taken."""
    states.TRANSITIONS["failed"] = frozenset()


# --- waiting
def any_settings() -> None:
    """Settings that the application refuses to start with are let through."""
    settings_checks.problems = lambda _: []


def no_read_timeout() -> None:
    """Whoever waits for the database waits for half a minute."""
    any_settings()


def no_retry() -> None:
    """The first interruption is the last word."""


def pool_as_large_as_threads() -> None:
    """Every thread may hang in the database at the same time, and none is left to say that the service lives."""
    any_settings()
    db_pool.gated = lambda _: QueuePool  # type: ignore[assignment,return-value]
    bulkhead.place = lambda: nullcontext(True)


def waits_for_every_outage() -> None:
    """However long the database has been away: everybody waits for it again."""
    RetryBudget._outage_seconds = lambda _: 0.0  # type: ignore[method-assign]


# --- form
def teardown_that_raises() -> None:
    """At the end of a request one statement more, over a connection that may be gone, and nobody who catches the error."""
    real = Flask.__init__

    def init(self: Flask, *arguments: Any, **named: Any) -> None:
        real(self, *arguments, **named)

        @self.teardown_request
        def _touch(_: BaseException | None) -> None:
            db.session.execute(db.text("UPDATE users SET id = id WHERE id = 0"))

    Flask.__init__ = init  # type: ignore[method-assign]


def insides_shown() -> None:
    """The driver's error is told to the client, as a help."""
    real = OutcomeError.__init__

    def init(self: OutcomeError, outcome: Any) -> None:
        real(self, outcome)
        self.msg = "(pymysql.err.OperationalError) (2013, 'Lost connection')"

    OutcomeError.__init__ = init  # type: ignore[method-assign]


def no_retry_after() -> None:
    """A 503 that does not say when to come back."""
    real = OutcomeError.__init__

    def init(self: OutcomeError, outcome: Any) -> None:
        real(self, outcome)
        self.headers = {}

    OutcomeError.__init__ = init  # type: ignore[method-assign]
