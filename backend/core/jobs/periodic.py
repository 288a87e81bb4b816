"""Enqueues periodic jobs when their time has come: of all workers, the one that moves the row of a slot on does it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import update

from backend.core import clock, running, settings
from backend.core.db.repository import Repository, affected
from backend.core.db.transactions import run_unit
from backend.core.errors import DuplicateError
from backend.core.jobs.kinds import Periodic, known
from backend.core.jobs.model import PeriodicRow
from backend.core.jobs.queue import enqueue, jobs

log = structlog.get_logger(__name__)
EXTENSION = "jobs_periodic"  # when this process looks at each of them next
EVER = datetime.min.replace(tzinfo=UTC)


class PeriodicRepository(Repository[PeriodicRow]):
    model = PeriodicRow

    def move_on(self, name: str, slot: datetime) -> bool:
        """Note this slot if it is newer than the one that is noted; returns whether it was."""
        older = (PeriodicRow.name == name, PeriodicRow.slot < slot)
        return affected(self.session.execute(update(PeriodicRow).where(*older).values(slot=slot))) == 1

    def note_first(self, name: str, slot: datetime) -> None:
        """Begin with this slot if none is noted."""
        if self.find_by(name=name) is None:
            try:
                with self.transaction():
                    self.insert(name=name, slot=slot)
            except DuplicateError:
                log.debug("jobs.periodic_known", name=name)


slots = PeriodicRepository()


def enqueue_due() -> None:
    """Enqueue the periodic jobs of the running application whose time has come; cheap when there is none."""
    now = clock.utcnow()
    looks: dict[str, datetime] = running.extension(EXTENSION)
    for one in known().periodic:
        if looks.get(one.name, EVER) <= now:
            run_unit(lambda one=one: _enqueue(one, now), commit=True, replay=True)  # type: ignore[misc]
            looks[one.name] = one.times.next_after(now, zone())


def _enqueue(one: Periodic, now: datetime) -> None:
    """One that is seen for the first time begins with its next slot: a new installation has missed nothing."""
    slot = one.times.last_until(now, zone())
    if not slots.move_on(one.name, slot):
        slots.note_first(one.name, slot)
        return
    late = round((now - slot).total_seconds(), 1)
    still_open = jobs.open_by_key(one.name, one.name) is not None
    enqueue(one.name, {"slot": slot.isoformat()}, key=one.name)
    log.info(
        "jobs.periodic_left_out" if still_open else "jobs.periodic_due", kind=one.name, slot=slot.isoformat(), late=late
    )


def zone() -> ZoneInfo:
    """The time zone of all schedules."""
    return ZoneInfo(settings.current().jobs_timezone)


def noted() -> dict[str, datetime]:
    """The last slot of each periodic job that is noted."""
    return {row.name: row.slot for row in slots.session.query(PeriodicRow).all()}
