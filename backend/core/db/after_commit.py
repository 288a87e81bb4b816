"""What may be told only of what is stored: counters and alarms of a unit of work that may be undone or run again."""

from collections.abc import Callable

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from backend.core.db import db

log = structlog.get_logger(__name__)

Act = Callable[[], object]
WAITING = (
    "after_commit"  # in the session's `info`: what waits, each with the transaction or savepoint that it belongs to
)


def after_commit(act: Act) -> None:
    """Call `act` once the open transaction is committed, in the order of the calls; never if it, or a savepoint around this call, is undone.

    `act` cannot use the database, and what it raises is logged: the transaction is stored. Whoever loses the connection at
    COMMIT cannot know whether it was stored, and is not told.
    """
    session = db.session()
    transaction = session.get_nested_transaction() or session.get_transaction() or session.begin()
    session.info.setdefault(WAITING, []).append((transaction, act))


def _act(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for _, act in session.info.pop(WAITING, ()):
        try:
            act()
        except Exception:
            log.exception("db.after_commit_failed")


def _forget_undone(session: Session, undone: SessionTransaction) -> None:
    waiting = session.info.get(WAITING, [])
    waiting[:] = [(transaction, act) for transaction, act in waiting if not _within(undone, transaction)]


def _within(outer: SessionTransaction, transaction: SessionTransaction | None) -> bool:
    while transaction not in (None, outer):
        transaction = transaction.parent
    return transaction is outer


def _forget_rest(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(WAITING, None)


event.listen(db.session, "after_commit", _act)
event.listen(db.session, "after_soft_rollback", _forget_undone)
event.listen(db.session, "after_transaction_end", _forget_rest)
