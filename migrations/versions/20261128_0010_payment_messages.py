"""payments: messages to users become jobs, in their order.

Revision: 0010, after 0009.
"""

import json

import sqlalchemy as sa
from alembic import context, op
from backend.core.db import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AT_ONCE = 1000
GROUP = "payment-"
MOMENTS = ("due_at", "created_at", "finished_at", "delivered_at")


def table(name, *columns):
    return sa.table(name, *(sa.column(one, UtcDateTime() if one in MOMENTS else None) for one in columns))


OUTBOX = table(
    *("outbox", "id", "payment_id", "user_id", "order_number", "kind", "attempts", "due_at", "done"),
    *("delivered_at", "last_error", "created_at"),
)
JOBS = table(
    *("jobs", "id", "kind", "payload", "state", "group_key", "turn", "attempts", "attempts_before", "due_at"),
    *("request_id", "last_error", "created_at", "finished_at"),
)


def upgrade() -> None:
    """What a worker has claimed becomes due at the end of its claim, as it would have."""
    _carry(sa.select(OUTBOX), OUTBOX, JOBS, _job)
    op.execute(OUTBOX.delete())


def downgrade() -> None:
    ours = JOBS.c.kind.like("payment.%") & JOBS.c.group_key.like(f"{GROUP}%")
    _carry(sa.select(JOBS).where(ours), JOBS, OUTBOX, _message)
    op.execute(JOBS.delete().where(ours))


def _carry(found, source, target, converted) -> None:
    """Copy in steps; a migration that is only written down as SQL has no rows to copy."""
    if context.is_offline_mode():
        return
    last = 0
    while rows := op.get_bind().execute(found.where(source.c.id > last).order_by(source.c.id).limit(AT_ONCE)).all():
        op.get_bind().execute(target.insert(), [converted(row) for row in rows])
        last = rows[-1].id


def _job(message):
    ended = message.delivered_at or message.due_at
    return {
        "kind": message.kind,
        "payload": json.dumps({"user_id": message.user_id, "order_number": message.order_number}),
        "state": ("done" if message.delivered_at else "dead") if message.done else "scheduled",
        "group_key": f"{GROUP}{message.payment_id}",
        "turn": 0,
        "attempts": message.attempts,
        "attempts_before": 0,
        "due_at": message.due_at,
        "request_id": "",
        "last_error": message.last_error,
        "created_at": message.created_at,
        "finished_at": ended if message.done else None,
    }


def _message(job):
    """A message that was cancelled is a dead one."""
    payload = json.loads(job.payload)
    return {
        "payment_id": int(job.group_key.removeprefix(GROUP)),
        "user_id": payload["user_id"],
        "order_number": payload["order_number"],
        "kind": job.kind,
        "attempts": job.attempts - job.attempts_before,
        "due_at": job.due_at,
        "done": job.state in ("done", "dead", "cancelled"),
        "delivered_at": job.finished_at if job.state == "done" else None,
        "last_error": job.last_error[:64],
        "created_at": job.created_at,
    }
