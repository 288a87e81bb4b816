"""Every query about jobs."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Table, Update, and_, bindparam, case, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from backend.core.db.purging import purge
from backend.core.db.repository import Repository, affected
from backend.core.jobs.model import CLOSED, HELD, OPEN, TIMED, JobRow, State

AT_ONCE = 500  # rows that one statement changes


class Backlog(NamedTuple):
    """Jobs of a kind in a state; `oldest` is the first moment at which one of them is or was due."""

    kind: str
    state: State
    number: int
    oldest: datetime


class JobRepository(Repository[JobRow]):
    model = JobRow

    def open_by_key(self, kind: str, key: str) -> int | None:
        """The id of the open job with this key."""
        return self.session.scalar(select(JobRow.id).where(JobRow.kind == kind, JobRow.open_key == key))

    def next_turn(self, kind: str, owner: int) -> int:
        """The turn after the owner's last one, and not before the one that it is now: so nobody waits for all jobs of another."""
        of_kind = select(func.max(JobRow.turn)).where(JobRow.kind == kind)
        held = of_kind.where(JobRow.state.in_(HELD)).scalar_subquery()
        own = of_kind.where(JobRow.owner_id == owner, JobRow.state.in_(OPEN)).scalar_subquery()
        first = select(func.min(JobRow.turn)).where(JobRow.kind == kind, JobRow.state == "waiting").scalar_subquery()
        now, of_owner, waits = self.session.execute(select(held, own, first)).one()
        present = now if now is not None else (waits or 0)
        return int(present if of_owner is None else max(present, of_owner + 1))

    def is_anything_due(self, kinds: Sequence[str], now: datetime) -> bool:
        """Whether there is something to claim or to release."""
        waits = exists().where(JobRow.state == "waiting", JobRow.kind.in_(kinds))
        returns = exists().where(JobRow.state.in_(TIMED), JobRow.due_at <= now)
        return bool(self.session.scalar(select(or_(waits, returns))))

    def overdue(self, now: datetime, *, lockable: bool) -> Sequence[tuple[int, str, State]]:
        """Jobs that wait again from now on: (id, kind, state). Scheduled ones that are due, held ones whose lease is over."""
        query = select(JobRow.id, JobRow.kind, JobRow.state).where(JobRow.state.in_(TIMED), JobRow.due_at <= now)
        query = query.order_by(JobRow.due_at).limit(AT_ONCE)
        return [(*row,) for row in self.session.execute(_locked(query, lockable)).all()]

    def release(self, ids: Sequence[int], now: datetime) -> int:
        """Let those of them wait whose time has come. Nobody has tried those that a broker had: that counts for nothing."""
        statement = update(JobRow).where(JobRow.id.in_(ids), JobRow.state.in_(TIMED), JobRow.due_at <= now)
        return self._changed(_back(statement, JobRow.state == "handed", now))

    def give_back(self, claims: Sequence[tuple[int, int]], now: datetime) -> int:
        """Let claimed jobs that nobody has begun wait again: (id, attempt)."""
        mine = or_(*(and_(JobRow.id == job_id, JobRow.attempts == attempt) for job_id, attempt in claims))
        statement = update(JobRow).where(mine, JobRow.state.in_(HELD))
        return self._changed(_back(statement, JobRow.state.in_(HELD), now))

    def claimable(self, kind: str, limit: int, *, lockable: bool) -> Sequence[JobRow]:
        """Jobs of the kind that wait and that none of their group holds back, in their turn; locked if the database can."""
        other = aliased(JobRow)
        before = and_(other.id < JobRow.id, other.state.in_(OPEN))
        beside = and_(other.id != JobRow.id, other.state.in_(HELD))
        held_back = exists().where(other.group_key == JobRow.group_key, or_(before, beside))
        query = select(JobRow).where(JobRow.state == "waiting", JobRow.kind == kind, ~held_back)
        query = query.order_by(JobRow.turn, JobRow.id).limit(limit)
        return self.session.scalars(_locked(query, lockable).execution_options(populate_existing=True)).all()

    def change(self, job_id: int, attempt: int, states: Sequence[State], /, **values: Any) -> bool:
        """Change a job that is in one of these states and was claimed so often; returns whether it did."""
        named = {f"to_{name}": value for name, value in values.items()} | {"of_id": job_id, "of_attempt": attempt}
        return affected(self.session.connection().execute(_changer(tuple(states), tuple(values)), named)) == 1

    def cancel(self, now: datetime, *which: ColumnElement[bool]) -> int:
        """Close open jobs. A worker that runs one finds out when it renews its lease or writes."""
        values = {"state": "cancelled", "open_key": None, "finished_at": now}
        return self._changed(update(JobRow).where(JobRow.state.in_(OPEN), *which).values(**values))

    def cancel_some(self, kind: str, limit: int, now: datetime) -> int:
        """The same for so many of this kind at most."""
        ids = self.session.scalars(select(JobRow.id).where(JobRow.state.in_(OPEN), JobRow.kind == kind).limit(limit))
        return self.cancel(now, JobRow.id.in_(ids.all()))

    def listed(self, after: int, limit: int, states: Sequence[State], kind: str | None) -> Sequence[JobRow]:
        """Jobs in one of these states behind the id `after`, the oldest first."""
        query = select(JobRow).where(JobRow.state.in_(states), JobRow.id > after)
        query = query.where(JobRow.kind == kind) if kind else query
        return self.session.scalars(query.order_by(JobRow.id).limit(limit)).all()

    def dead(self, after: int, limit: int, *which: ColumnElement[bool]) -> Sequence[tuple[int, str, str | None]]:
        """Dead jobs behind the id `after`, the oldest first: (id, kind, key)."""
        query = select(JobRow.id, JobRow.kind, JobRow.job_key).where(JobRow.state == "dead", JobRow.id > after, *which)
        return [(*row,) for row in self.session.execute(query.order_by(JobRow.id).limit(limit)).all()]

    def revive(self, found: Sequence[tuple[int, str, str | None]], now: datetime) -> int:
        """Let dead jobs wait again, all attempts before them. Gives their number.

        Those whose key an open job has stay dead; of several with one key the oldest is revived.
        """
        ids = [*{(kind, key or job_id): job_id for job_id, kind, key in reversed(found)}.values()]
        mine, other = aliased(JobRow), aliased(JobRow)
        same_key = and_(other.kind == mine.kind, other.open_key == mine.job_key)
        taken = select(mine.id).join(other, same_key).where(mine.id.in_(ids)).subquery()
        free = JobRow.id.not_in(select(taken.c.id))
        values = {"state": "waiting", "due_at": now, "open_key": JobRow.job_key, "finished_at": None}
        values |= {"attempts_before": JobRow.attempts}
        which = (JobRow.id.in_(ids), JobRow.state == "dead", free)
        return self._changed(update(JobRow).where(*which).values(**values))

    def backlog(self) -> Sequence[Backlog]:
        """What is open or dead, by kind and state."""
        columns = (JobRow.kind, JobRow.state, func.count(), func.min(JobRow.due_at))
        query = select(*columns).where(JobRow.state.in_((*OPEN, "dead"))).group_by(JobRow.kind, JobRow.state)
        return [Backlog(*row) for row in self.session.execute(query).all()]

    def handed(self) -> int:
        """How many jobs a broker has that nobody has begun."""
        return self.session.scalar(select(func.count()).where(JobRow.state == "handed")) or 0

    def purge(self, before: datetime, states: Sequence[State] = CLOSED, kind: str | None = None) -> int:
        """Delete jobs that ended before that moment; gives their number. Commits in steps."""
        which = (JobRow.state.in_(states), JobRow.finished_at < before)
        return purge(JobRow, *which, *((JobRow.kind == kind,) if kind else ()))

    def _changed(self, statement: Update) -> int:
        """How many rows it changes; loaded rows stay what they were when they were read."""
        return affected(self.session.execute(statement.execution_options(synchronize_session=False)))


@cache
def _changer(states: tuple[State, ...], names: tuple[str, ...]) -> Update:
    """The statement of `change`, built once for each set of names: building it costs more than SQLite takes to run it."""
    table = cast("Table", JobRow.__table__)
    mine = (table.c.id == bindparam("of_id"), table.c.attempts == bindparam("of_attempt"), table.c.state.in_(states))
    return (
        update(table).where(*mine).values({name: bindparam(f"to_{name}", type_=table.c[name].type) for name in names})
    )


def _locked(query: Any, lockable: bool) -> Any:
    return query.with_for_update(skip_locked=True) if lockable else query


def _back(statement: Update, uncounted: ColumnElement[bool], now: datetime) -> Update:
    """MySQL evaluates from left to right, so what depends on the state comes before the state."""
    count = case((uncounted, JobRow.attempts_before + 1), else_=JobRow.attempts_before)
    values = ((JobRow.attempts_before, count), (JobRow.state, "waiting"), (JobRow.due_at, now))
    return statement.ordered_values(*values)
