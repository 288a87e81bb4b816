"""Jobs: work that is asked for in a transaction and done by a worker, at least once, whatever is killed meanwhile.

    jobs.enqueue("documents.process", {"document_id": 7}, key="7", owner=user_id)

A module lists its kinds in its `jobs.py`: `JOBS = [JobKind("documents.process", run)]` and `PERIODIC = [Periodic(...)]`.
"""

from backend.core.jobs.crontab import crontab
from backend.core.jobs.job import ClaimLostError, Job, JobKind, PermanentError
from backend.core.jobs.kinds import Periodic, register
from backend.core.jobs.queue import cancel, enqueue

__all__ = [
    "ClaimLostError",
    "Job",
    "JobKind",
    "Periodic",
    "PermanentError",
    "cancel",
    "crontab",
    "enqueue",
    "register",
]
