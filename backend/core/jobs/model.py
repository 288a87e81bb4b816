"""Jobs as the database keeps them: rows that a transaction writes with everything else, and that workers claim."""

from datetime import datetime
from typing import Literal

from sqlalchemy import BigInteger, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.core import clock
from backend.core.db import Base
from backend.core.db.columns import ID, exact

State = Literal["scheduled", "waiting", "handed", "running", "done", "dead", "cancelled"]
OPEN: tuple[State, ...] = ("scheduled", "waiting", "handed", "running")  # what is still to be done
TIMED: tuple[State, ...] = ("scheduled", "handed", "running")  # these wait again from `due_at` on
HELD: tuple[State, ...] = ("handed", "running")  # somebody has them
CLOSED: tuple[State, ...] = ("done", "cancelled")
NAME, KEY, ERROR = 64, 140, 500  # most characters


class JobRow(Base):
    """A job. `attempts` counts its claims and never goes back, so each claim has a number of its own: its fence.

    `due_at` is when a scheduled job is due, since when a waiting one waits, and when the lease of a running one ends. A job
    has its key in `open_key` while it is open, so that the key is unique among open jobs. `turn` orders jobs of one kind fairly
    between their owners. Of `attempts`, the first `attempts_before` count for nothing: they were before somebody revived it.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("kind", "open_key"),
        Index(None, "state", "kind", "turn", "id"),  # what is claimed next
        Index(None, "state", "due_at"),  # what is due, and for how long
        Index(None, "group_key", "state"),  # what holds a job of a group back
        Index(None, "owner_id", "state", "kind", "turn"),  # the owner's last turn
    )

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(exact(NAME))
    payload: Mapped[str] = mapped_column(Text)
    state: Mapped[State] = mapped_column(String(16))
    job_key: Mapped[str | None] = mapped_column(exact(KEY))
    open_key: Mapped[str | None] = mapped_column(exact(KEY))
    group_key: Mapped[str | None] = mapped_column(exact(KEY))
    owner_id: Mapped[int | None] = mapped_column(BigInteger)
    turn: Mapped[int] = mapped_column(BigInteger, default=0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    attempts_before: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(default=clock.utcnow)
    request_id: Mapped[str] = mapped_column(String(64), default="")
    last_error: Mapped[str] = mapped_column(String(ERROR), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.utcnow)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class PeriodicRow(Base):
    """Until which moment a periodic job has been enqueued: one row each, moved on by whoever enqueues the next."""

    __tablename__ = "periodic_jobs"

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(exact(NAME), unique=True)
    slot: Mapped[datetime]
