"""What the metrics say of jobs: how they ended and how long they took, and what waits when somebody asks."""

from collections.abc import Iterator

from prometheus_client import Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from backend.core import clock
from backend.core.jobs.repository import JobRepository

FINISHED = Counter("jobs_finished_total", "Attempts at jobs by how they ended.", ["kind", "outcome"])
SECONDS = Histogram(
    "jobs_seconds",
    "Seconds that an attempt at a job took.",
    ["kind"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300),
)


def readings() -> Iterator[Metric]:
    """The jobs that are open or dead, and for how long the oldest of each kind waits."""
    jobs = GaugeMetricFamily("jobs", "Jobs that are open or dead.", labels=["kind", "state"])
    oldest = GaugeMetricFamily("jobs_oldest_seconds", "Seconds for which the oldest job is due.", labels=["kind"])
    for backlog in JobRepository().backlog():
        jobs.add_metric([backlog.kind, backlog.state], backlog.number)
        if backlog.state == "waiting":
            oldest.add_metric([backlog.kind], max(0.0, (clock.utcnow() - backlog.oldest).total_seconds()))
    yield jobs
    yield oldest
