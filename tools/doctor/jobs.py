"""Jobs: whether those that wait find a worker, whether some were given up, whether some are of a kind that nobody knows."""

from collections.abc import Iterator, Sequence

from sqlalchemy.exc import SQLAlchemyError

from backend.core import clock
from backend.core.errors import DatabaseUnavailableError
from backend.core.jobs import housekeeping
from backend.core.jobs.kinds import known
from backend.core.jobs.model import HELD
from backend.core.jobs.repository import Backlog
from backend.core.settings import Settings
from tools.doctor.findings import Finding, Situation, needs_settings, ok, warning

PATIENCE = 60  # seconds that a job may wait while no worker has any


@needs_settings
def waiting(_: Situation, __: Settings) -> list[Finding]:
    """What stands in the table `jobs`."""
    try:
        backlog = housekeeping.jobs.backlog()
    except (SQLAlchemyError, DatabaseUnavailableError):
        return [warning("the jobs could not be read", "see what is said of the database and the migrations")]
    return [*_found(backlog)] or [ok(f"{sum(one.number for one in backlog)} jobs are open or dead; workers take them")]


def _found(backlog: Sequence[Backlog]) -> Iterator[Finding]:
    kinds = known().by_name
    waits = [one for one in backlog if one.state == "waiting"]
    ready = [one for one in waits if one.kind in kinds and kinds[one.kind].enabled()]
    if ready and not any(one.state in HELD for one in backlog):
        seconds = (clock.utcnow() - min(one.oldest for one in ready)).total_seconds()
        if seconds > PATIENCE:
            number = sum(one.number for one in ready)
            yield warning(f"{number} jobs wait, for {seconds:.0f} s, and no worker has any", "start `flask worker`")
    if disabled := sorted({one.kind for one in waits if one.kind in kinds and not kinds[one.kind].enabled()}):
        yield warning(
            f"jobs wait for a setting: {', '.join(disabled)}", "see .env.example; payments need NOTIFICATION_URL"
        )
    if unknown := sorted({one.kind for one in waits if one.kind not in kinds}):
        yield warning(
            f"jobs of kinds that nothing here knows: {', '.join(unknown)}", "flask jobs cancel --all --kind KIND"
        )
    if dead := sum(one.number for one in backlog if one.state == "dead"):
        yield warning(f"{dead} jobs were given up", "flask jobs list --dead, then flask jobs retry or purge --dead")
