"""The kinds of jobs that the running application knows, and those that the clock enqueues."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from backend.core import running
from backend.core.jobs.crontab import Schedule
from backend.core.jobs.job import Job, JobKind, ten_attempts
from backend.core.retry import RetryPolicy
from backend.core.running import HasExtensions

EXTENSION = "job_kinds"


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job that is enqueued by the clock: once a slot, however many workers there are.

    `schedule` is a crontab line, "0 3 * * *", or `crontab(hour=3, minute=0)` with Celery's words. If no worker ran at the time, the
    newest slot that was missed is made up for, and those before it are left out. While one is still open, no second one is enqueued.
    """

    name: str
    schedule: str
    run: Callable[[Job], object]
    retries: Callable[[], RetryPolicy] = ten_attempts
    lease_seconds: float | Callable[[], float] = 60.0
    times: Schedule = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "times", Schedule(self.schedule))

    def kind(self) -> JobKind:
        """What runs it."""
        return JobKind(self.name, self.run, retries=self.retries, lease_seconds=self.lease_seconds)


class Kinds:
    """The kinds of an application, by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, JobKind] = {}
        self.periodic: list[Periodic] = []

    def add(self, kinds: Iterable[JobKind], periodic: Iterable[Periodic]) -> None:
        """Raises `ValueError` for a name that is there already."""
        periodic = [*periodic]
        for kind in (*kinds, *(one.kind() for one in periodic)):
            if kind.name in self.by_name:
                raise ValueError(f"two kinds of jobs are called {kind.name!r}; give one of them another name")
            self.by_name[kind.name] = kind
        self.periodic += periodic

    def get(self, name: str) -> JobKind:
        """Raises `LookupError` with the names that there are."""
        if name not in self.by_name:
            raise LookupError(
                f"no kind of job is called {name!r}; there are {', '.join(sorted(self.by_name)) or 'none'}"
            )
        return self.by_name[name]


def register(app: HasExtensions, kinds: Iterable[JobKind] = (), periodic: Iterable[Periodic] = ()) -> None:
    """Make kinds known to the application; it works on jobs of these alone. A module's `jobs.py` is registered by itself."""
    app.extensions.setdefault(EXTENSION, Kinds()).add(kinds, periodic)


def known() -> Kinds:
    """The kinds of the running application."""
    kinds: Kinds = running.extension(EXTENSION)
    return kinds
