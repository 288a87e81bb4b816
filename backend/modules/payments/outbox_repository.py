"""Every query about the outbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, exists, func, select, update
from sqlalchemy.orm import aliased

from backend.core.db.purging import purge
from backend.core.db.repository import Repository, affected
from backend.modules.payments.model import OutboxMessage

DEAD = (OutboxMessage.done.is_(True), OutboxMessage.delivered_at.is_(None))


class Backlog(NamedTuple):
    """What is not delivered; `oldest` is when the oldest message that waits was written, None if none waits."""

    waiting: int
    dead: int
    oldest: datetime | None


class OutboxRepository(Repository[OutboxMessage]):
    model = OutboxMessage

    def due(self, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """Messages that are due, that no other worker is claiming now, and that no earlier one of their payment holds back.

        They are locked if the database can lock rows.
        """
        earlier = aliased(OutboxMessage)
        of_the_same = (earlier.payment_id == OutboxMessage.payment_id, earlier.id < OutboxMessage.id)
        held_back = exists().where(*of_the_same, earlier.done.is_(False))
        query = select(OutboxMessage).where(OutboxMessage.done.is_(False), OutboxMessage.due_at <= now, ~held_back)
        query = query.order_by(OutboxMessage.due_at, OutboxMessage.id).limit(limit).with_for_update(skip_locked=True)
        return self.session.scalars(query.execution_options(populate_existing=True)).all()

    def change(self, message_id: int, seen: int, /, **values: Any) -> bool:
        """Change a message if it is not done and still has that number of attempts; returns whether it did."""
        mine = (OutboxMessage.id == message_id, OutboxMessage.attempts == seen, OutboxMessage.done.is_(False))
        return affected(self.session.execute(update(OutboxMessage).where(*mine).values(**values))) == 1

    def undelivered(self, after: int, limit: int, *, dead_only: bool) -> Sequence[OutboxMessage]:
        """Messages that wait and dead ones, the oldest first, behind the id `after`."""
        query = select(OutboxMessage).where(OutboxMessage.delivered_at.is_(None), OutboxMessage.id > after)
        query = query.where(OutboxMessage.done.is_(True)) if dead_only else query
        return self.session.scalars(query.order_by(OutboxMessage.id).limit(limit)).all()

    def backlog(self) -> Backlog:
        """What is not delivered."""
        waits, dead = OutboxMessage.done.is_(False), OutboxMessage.done.is_(True)
        columns = (func.count(case((waits, 1))), func.count(case((dead, 1))))
        oldest = func.min(case((waits, OutboxMessage.created_at)))
        found = self.session.execute(select(*columns, oldest).where(OutboxMessage.delivered_at.is_(None))).one()
        return Backlog(*found)

    def purge(self, before: datetime, *, dead: bool) -> int:
        """Delete messages that were delivered before that moment, or are dead and older; gives their number. Commits in steps."""
        return purge(
            OutboxMessage,
            *((*DEAD, OutboxMessage.created_at < before) if dead else (OutboxMessage.delivered_at < before,)),
        )

    def revive(self, message_id: int, now: datetime) -> bool:
        """Let a dead message be sent again from the start; returns False if there is none."""
        return self._revive(now, OutboxMessage.id == message_id) == 1

    def revive_some(self, kind: str | None, since: datetime | None, now: datetime, limit: int) -> int:
        """The same for so many of them at most, of this kind and not written before that moment; gives their number."""
        query = select(OutboxMessage.id).where(*DEAD).limit(limit)
        query = query.where(OutboxMessage.kind == kind) if kind else query
        query = query.where(OutboxMessage.created_at >= since) if since else query
        ids = self.session.scalars(query).all()
        return self._revive(now, OutboxMessage.id.in_(ids)) if ids else 0

    def _revive(self, now: datetime, which: ColumnElement[bool]) -> int:
        values = {"done": False, "attempts": 0, "due_at": now}
        return affected(self.session.execute(update(OutboxMessage).where(*DEAD, which).values(**values)))
