"""A kind of job, and a job in the hands of a worker: what its handler is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from backend.core import clock
from backend.core.db.transactions import check_no_step_is_open, run_unit
from backend.core.jobs.model import NAME
from backend.core.jobs.repository import JobRepository
from backend.core.retry import RetryPolicy

jobs = JobRepository()


class PermanentError(Exception):
    """A handler raises it when no other attempt can help: the job is dead at once, with this message."""


def ten_attempts() -> RetryPolicy:
    """The default: ten attempts within some 45 minutes."""
    return RetryPolicy(10, first_pause=5.0, jitter=0.2, longest_pause=3600.0)


def always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job: how it is run, and what happens when that fails.

    `run` gets the claimed job. What it writes and does not commit is committed together with the job's end, in one transaction; so
    a handler that only flushes, like any service, has its effect once. One that commits in steps of its own calls `job.fence()` in each.
    A kind with a `batch` is claimed so many at a time, and the jobs of a batch run one after the other.
    """

    name: str  # "documents.process"
    run: "Callable[[Job], object]"
    retries: Callable[[], RetryPolicy] = ten_attempts
    lease_seconds: float | Callable[[], float] = (
        60.0  # in which a job ends or renews its lease; then another worker takes it
    )
    batch: int = 1
    concurrency: int | None = None  # most of them that a worker process runs at a time; None: as many as it has threads
    expected: tuple[
        type[Exception], ...
    ] = ()  # errors from outside, such as a service that is away: logged without a traceback
    enabled: Callable[[], bool] = always  # False: these jobs wait, for an address that is not set, for example
    on_dead: "Callable[[Job, str], object] | None" = (
        None  # called with the reason, in the transaction that gives the job up
    )

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= NAME or min(self.batch, 1 if self.concurrency is None else self.concurrency) < 1:
            raise ValueError(
                f"job kind {self.name!r}: a name of 1 to {NAME} characters, batch and concurrency from 1 on"
            )

    def lease(self) -> float:
        """Seconds that a claim holds."""
        return self.lease_seconds() if callable(self.lease_seconds) else self.lease_seconds


class ClaimLostError(Exception):
    """The job was cancelled, or its lease ran out and another worker has it: whatever this attempt still does is of no use."""


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `attempt` is the number of this claim: no other claim of this job, before or after, has it."""

    id: int
    kind: JobKind
    payload: Mapping[str, Any]
    attempt: int
    tries: int  # of `attempt`, those since it was stored or revived, this one included
    key: str | None = None
    group: str | None = None
    owner: int | None = None
    request_id: str = ""
    stopping: Callable[[], bool] = field(default=never, compare=False)  # whether the worker has been told to stop

    def heartbeat(self) -> None:
        """Renew the lease, in a transaction of its own; call it between yours. Raises `ClaimLostError`."""
        check_no_step_is_open()
        run_unit(self.fence, commit=True, replay=True)

    def fence(self) -> None:
        """Renew the lease in the transaction that is open; until that ends, nobody else can claim the job.

        So what this transaction writes is written under this claim, or not at all. Raises `ClaimLostError`.
        """
        if not self.change(due_at=clock.utcnow() + timedelta(seconds=self.kind.lease())):
            raise ClaimLostError

    def change(self, **values: Any) -> bool:
        """Change the row if this claim still holds. One whose lease is over holds until another worker claims the job."""
        return jobs.change(self.id, self.attempt, ("running", "waiting"), **values)
