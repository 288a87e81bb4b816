"""Payments in doubt: their clients were told `unknown`, because the database was interrupted at COMMIT and did not come back in time.

While it is away nothing can be written down, so they wait in this process, and the next payment that is stored stores them, too.
The log has each of them at once.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backend.core import clock, running
from backend.core.db.transactions import run_unit
from backend.core.errors import DatabaseUnavailableError
from backend.core.running import HasExtensions
from backend.modules.payments import metrics
from backend.modules.payments.commands import OpenPayment
from backend.modules.payments.doubt_repository import Doubt, DoubtRepository
from backend.modules.payments.errors import PaymentUnavailableError

log = structlog.get_logger(__name__)
doubts = DoubtRepository()
EXTENSION = "payment_doubts"
MOST = 10_000  # that wait in a process; beyond that the oldest ones are in the log alone


def init_app(app: HasExtensions) -> None:
    app.extensions[EXTENSION] = deque[dict[str, Any]](maxlen=MOST)


@contextmanager
def noted(command: OpenPayment) -> Iterator[None]:
    """Note the payment of the block if nobody knows whether it was stored; if it was, store what was noted before."""
    try:
        yield
    except PaymentUnavailableError as error:
        if error.data["outcome"] == "unknown":
            _note(command)
        raise
    if running.extension(EXTENSION):
        _store()


def _note(command: OpenPayment) -> None:
    metrics.UNKNOWN.inc()
    log.error("payments.unknown", number=command.order_number, user_id=command.user_id, amount_fen=command.amount_fen)
    row = {"user_id": command.user_id, "order_number": command.order_number, "amount_fen": command.amount_fen}
    running.extension(EXTENSION).append(row | {"created_at": clock.utcnow()})


def _store() -> None:
    waiting: deque[dict[str, Any]] = running.extension(EXTENSION)
    rows = [waiting.popleft() for _ in range(len(waiting))]
    try:
        run_unit(partial(doubts.append, *rows), commit=True, replay=True)
    except (SQLAlchemyError, DatabaseUnavailableError):
        log.warning("payments.doubts_not_stored", number=len(rows))
        waiting.extendleft(reversed(rows))


def unresolved(after: int, limit: int) -> Sequence[Doubt]:
    """Payments in doubt that nothing was heard of since, by id, behind that of `after`."""
    return doubts.unresolved(after, limit)


def purge(days: int) -> int:
    """Delete the notes that are older than `days` days; gives their number."""
    return doubts.purge(clock.utcnow() - timedelta(days=days))
