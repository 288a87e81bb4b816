"""Hands jobs on to Celery: the table stays the truth, the broker carries the number of a job and that of its claim.

A job that was handed on and that nobody begins waits again after HANDED_SECONDS, so a broker that loses messages loses no job; one that
delivers a message twice delivers a number that is not valid any more. So Celery needs no late acknowledgement and no results.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click
import structlog

from backend.core.jobs import attempts, claims
from backend.core.jobs.job import Job, JobKind
from backend.core.jobs.repository import JobRepository
from backend.core.settings import Settings

log = structlog.get_logger(__name__)
jobs = JobRepository()
TASK = "jobs.run"
QUEUE = "touchstone.jobs"
HANDED_SECONDS = 600.0
IN_FLIGHT = 500  # handed on and not begun: more would wait in the broker, where nobody knows of turns
SECONDS_TO_CONNECT = 3


def connect(settings: Settings) -> Any:
    """The Celery application for JOBS_BROKER_URL; raises `click.ClickException` if Celery is not installed."""
    url = settings.jobs_broker_url.get_secret_value()
    try:
        celery = import_module("celery").Celery("touchstone", broker=url, set_as_current=False)
    except ImportError:
        raise click.ClickException(
            "JOBS_BROKER_URL is set and Celery is not installed: pip install 'celery[redis]', or empty it."
        ) from None
    celery.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_publish_retry=False,  # what cannot be handed on waits in the table
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        broker_connection_timeout=SECONDS_TO_CONNECT,
        broker_connection_retry_on_startup=True,
        broker_transport_options=_transport_options(url),
    )
    return celery


def _transport_options(url: str) -> dict[str, Any]:
    if url.startswith("redis"):
        return {"socket_connect_timeout": SECONDS_TO_CONNECT, "socket_timeout": 2 * SECONDS_TO_CONNECT}
    return {"confirm_publish": True}


class Relay:
    """Claims jobs and hands them on."""

    def __init__(self, celery: Any) -> None:
        self._celery = celery

    def hand_on(self, kinds: Sequence[JobKind]) -> bool:
        """Hand on what is due, as far as there is room; returns whether all went well and something was handed on."""
        due = claims.due(kinds)
        room, handed = IN_FLIGHT - jobs.handed() if due else 0, 0
        for kind in due:
            claimed = claims.claim(kind, room, state="handed", seconds=HANDED_SECONDS) if room > 0 else []
            sent = self._send(claimed)
            if sent < len(claimed):
                return False
            room, handed = room - sent, handed + sent
        return handed > 0

    def _send(self, claimed: Sequence[Job]) -> int:
        """Hand these jobs on in their order; those that the broker did not take wait again. Gives the number of the others."""
        for number, job in enumerate(claimed):
            try:
                self._celery.send_task(TASK, args=[job.id, job.attempt], queue=QUEUE)
            except Exception as error:  # noqa: BLE001 - whatever a driver of a broker raises
                log.warning("jobs.broker_away", error=type(error).__name__, waiting=len(claimed) - number)
                claims.give_back(claimed[number:])
                return number
        return len(claimed)


def run_handed(job_id: int, attempt: int) -> str:
    """Run the job in a worker of Celery, if this claim of it still holds; gives how it ended."""
    job = claims.begin(job_id, attempt)
    if job is None:
        log.info("jobs.not_begun", job=job_id, attempt=attempt)
        return "lost"
    return attempts.run(job)
