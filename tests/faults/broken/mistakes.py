"""The mistakes, as a table: what is done wrong, in which case it shows, and which promise it breaks."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from time import sleep
from typing import Any

from flask import Flask
from sqlalchemy.pool import QueuePool

from backend.core import settings_checks
from backend.core.db import db
from backend.core.db import pool as db_pool
from backend.core.db.unit_of_work import InterruptedUnitError, run_once
from backend.modules.orders import service as orders
from backend.modules.payments import bulkhead, commit_recovery, ledger, service
from backend.modules.payments.commands import OpenPayment
from backend.modules.payments.errors import PaymentUnavailableError
from backend.modules.payments.service import Answered

WITHOUT_UNIQUE_KEYS = (  # MySQL's words; a plain index takes the place of a unique one where a foreign key needs it
    "ALTER TABLE payments ADD INDEX plain_order (order_id)",
    "ALTER TABLE payments DROP INDEX uq_payments_order_id, DROP INDEX uq_payments_order_number",
    "ALTER TABLE payment_requests ADD INDEX plain_user (user_id), ADD INDEX plain_payment (payment_id)",
    "ALTER TABLE payment_requests DROP INDEX uq_payment_requests_user_id_idempotency_key",
    "ALTER TABLE payment_requests DROP INDEX uq_payment_requests_order_number, DROP INDEX uq_payment_requests_payment_id",
)


THINKING = 0.05  # seconds between the look and the insert: on a quiet machine twins would seldom meet otherwise


@dataclass(frozen=True)
class Mistake:
    """`make` builds it into the running process; `case` is where it shows, as a breach of one of `breaks`."""

    make: Callable[[], None]
    case: str
    breaks: frozenset[str]
    schema: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)


def select_as_resolver() -> None:
    """After a lost COMMIT: look whether the payment is there, and believe it."""

    def persist[T](unit: Callable[[], T]) -> T:
        try:
            return run_once(unit)
        except InterruptedUnitError as error:
            if not error.maybe_stored:
                raise PaymentUnavailableError("not_saved") from error
            return _looked_up(unit, error)

    commit_recovery.persist = persist


def _looked_up[T](unit: Callable[[], T], error: InterruptedUnitError) -> T:
    command = unit.__closure__[0].cell_contents  # type: ignore[index] - the request that `service.pay` asked for
    found = service._answered_before(command)
    db.session.rollback()
    if found is None:
        raise PaymentUnavailableError("not_saved") from error
    return found  # type: ignore[return-value]


def check_before_insert() -> None:
    """No lock and no unique key: look whether there is a payment, and insert one if not."""
    orders.lock_by_number = _without_lock


def _without_lock(user_id: int, number: str) -> Any:
    sleep(THINKING)
    found = orders.orders.find_by(number=number, user_id=user_id)
    if found is None:
        raise LookupError(number)
    return found


def retry_without_key() -> None:
    """After an interruption, the same again, without a look at what the first try may have left."""
    orders.lock_by_number = _without_lock
    real = service._answered_before
    seen: set[str] = set()

    def answered_before(command: OpenPayment) -> Answered | None:
        again = command.order_number in seen
        seen.add(command.order_number)
        return None if again else real(command)

    service._answered_before = answered_before


def commit_twice() -> None:
    """The payment first, what belongs to it afterwards, each in a transaction of its own."""

    def opened(command: OpenPayment) -> Answered:
        order = orders.lock_by_number(command.user_id, command.order_number)
        values = {"order_id": order.id, "order_number": order.number, "user_id": order.user_id}
        payment = service.payments.create(**values, amount_fen=order.amount_fen)
        db.session.commit()
        answer = service.shown(payment)
        service.requests.append(asdict(command) | {"payment_id": payment.id, "answer": answer.model_dump_json()})
        service.entries.append(*ledger.entries(payment.id, "opened", payment.amount_fen))
        service.record(payment, cause="request")
        return Answered(answer, replayed=False)

    service._opened = opened


def teardown_that_raises() -> None:
    """At the end of a request one statement more, over a connection that may be gone, and nobody who catches the error."""
    real = Flask.__init__

    def init(self: Flask, *arguments: Any, **named: Any) -> None:
        real(self, *arguments, **named)

        @self.teardown_request
        def _touch(_: BaseException | None) -> None:
            db.session.execute(db.text("UPDATE users SET id = id WHERE id = 0"))

    Flask.__init__ = init  # type: ignore[method-assign]


def pool_as_large_as_threads() -> None:
    """Every thread may hang in the database at the same time, and none is left to say that the service lives."""
    settings_checks.problems = lambda _: []

    db_pool.gated = lambda _: QueuePool  # type: ignore[assignment,return-value]
    bulkhead.place = lambda: nullcontext(True)


MISTAKES = {
    "select-as-resolver": Mistake(select_as_resolver, "FT-005", frozenset({"I4"})),
    "no-unique-key": Mistake(check_before_insert, "FT-006", frozenset({"I1", "I2"}), WITHOUT_UNIQUE_KEYS),
    "retry-without-key": Mistake(retry_without_key, "FT-002d", frozenset({"I1", "I2"}), WITHOUT_UNIQUE_KEYS),
    "commit-twice": Mistake(commit_twice, "FT-002f", frozenset({"I3"})),
    # whichever request ends while the connection is gone: a payment (I9) or the liveness probe (I7)
    "teardown-that-raises": Mistake(teardown_that_raises, "FT-002f", frozenset({"I7", "I9"})),
    "pool-as-large-as-threads": Mistake(
        pool_as_large_as_threads,
        "FT-008",
        frozenset({"I7"}),
        settings={"DB_POOL_SIZE": "8", "SERVER_THREADS": "8", "DB_POOL_TIMEOUT": "30"},
    ),
}
