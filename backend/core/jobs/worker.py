"""A worker: looks for jobs, claims as many as it has threads for, runs them; any number of workers may run on any machines.

With JOBS_BROKER_URL it is a relay: it hands the jobs to Celery, whose workers run them.
"""

import queue
import random
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from backend.core import clock
from backend.core.db.errors import classify
from backend.core.errors import DatabaseUnavailableError
from backend.core.jobs import attempts, broker, claims, periodic, wake_up
from backend.core.jobs.job import Job, JobKind
from backend.core.jobs.kinds import EXTENSION, Kinds
from backend.core.settings import Settings

log = structlog.get_logger(__name__)
JITTER = 0.2  # share of the pause between two looks, so that workers that were started together do not look together
INTERRUPTED = (SQLAlchemyError, DatabaseUnavailableError)


class Worker:
    """Works until `stop()`. `run()` does it in this thread, `start()` in one of its own; `run_due()` does what is due, then ends."""

    def __init__(self, app: Flask, threads: int | None = None, kinds: Iterable[str] = ()) -> None:
        settings: Settings = app.extensions["settings"]
        known: Kinds = app.extensions[EXTENSION]
        self._app, self._settings = app, settings
        self.threads = threads or settings.jobs_threads
        self._kinds = [known.get(name) for name in kinds or known.by_name]
        self._wake: threading.Event = app.extensions[wake_up.EXTENSION]
        self._stop = threading.Event()
        self._batches: queue.SimpleQueue[list[Job]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._held: dict[int, Job] = {}  # claimed and not ended
        self._busy: Counter[str] = Counter()  # threads by kind
        self.ended: Counter[str] = Counter()  # attempts by outcome
        self._looker: threading.Thread | None = None
        self._relay = broker.Relay(broker.connect(settings)) if settings.jobs_broker_url.get_secret_value() else None

    def start(self) -> None:
        """Work in threads of this process, until `stop()`; they end with it."""
        if self._looker is None:
            self._looker = threading.Thread(target=self.run, name="jobs", daemon=True)
            self._looker.start()

    def stop(self) -> None:
        """Claim nothing more; `run` gives running jobs JOBS_DRAIN_SECONDS to end."""
        self._stop.set()
        self._wake.set()

    def join(self) -> None:
        """Wait until a worker that was started and told to stop has stopped."""
        if self._looker is not None:
            self._looker.join(self._settings.jobs_drain_seconds + 1)

    def run(self) -> None:
        """Work until `stop()`, then drain. A database that is away is waited for."""
        log.info("jobs.worker_started", threads=self.threads, kinds=[kind.name for kind in self._kinds])
        self._start_threads()
        while not self._stop.is_set():
            self._wake.clear()
            if not self.look():
                self._wake.wait(self._settings.jobs_poll_seconds * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311
        self._drain()

    def run_due(self) -> Counter[str]:
        """Run what is due now in this thread, with what that makes due at once; gives the attempts by outcome."""
        with self._app.app_context():
            while claimed := self._claimed():
                for batch in claimed:
                    self._run_batch(batch)
        return self.ended

    def look(self) -> bool:
        """One look for jobs; gives whether it claimed any. An interrupted database is no reason to end."""
        try:
            with self._app.app_context():
                periodic.enqueue_due()
                if self._relay:
                    return self._relay.hand_on(self._kinds)
                claimed = self._claimed()
        except INTERRUPTED as error:
            log.warning("jobs.database_away", fault=classify(error).value)
            return False
        except Exception:
            log.exception("jobs.look_failed")
            return False
        for batch in claimed:
            self._batches.put(batch)
        return bool(claimed)

    def _claimed(self) -> list[list[Job]]:
        """A batch for each free thread."""
        free = self.threads - self._busy.total()
        batches: list[list[Job]] = []
        for kind in claims.due(kind for kind in self._kinds if self._room(kind) > 0) if free > 0 else ():
            batches += self._batches_of(kind, min(self._room(kind), free - len(batches)))
        return batches

    def _room(self, kind: JobKind) -> int:
        """How many more threads may work on this kind."""
        return (kind.concurrency or self.threads) - self._busy[kind.name]

    def _batches_of(self, kind: JobKind, most: int) -> list[list[Job]]:
        batches: list[list[Job]] = []
        while len(batches) < most and (claimed := claims.claim(kind, kind.batch)):
            with self._lock:
                self._held.update({job.id: job for job in claimed})
                self._busy[kind.name] += 1
            batches.append(claimed)
        return batches

    def _start_threads(self) -> None:
        for number in range(self.threads):
            threading.Thread(target=self._work, name=f"jobs-{number}", daemon=True).start()

    def _work(self) -> None:
        while batch := self._batches.get():
            self._run_batch(batch)

    def _run_batch(self, batch: list[Job]) -> None:
        """Run the jobs of a batch; those that are left when the worker is told to stop are given back."""
        for job in batch:
            if self._stop.is_set():
                break
            outcome = self._run(job)
            with self._lock:
                self._held.pop(job.id, None)
                self.ended[outcome] += 1
        with self._lock:
            self._busy[batch[0].kind.name] -= 1
        self._wake.set()

    def _run(self, job: Job) -> str:
        try:
            with self._app.app_context():
                return attempts.run(replace(job, stopping=self._stop.is_set))
        except Exception:
            log.exception("jobs.run_failed", job=job.id, kind=job.kind.name)
            return "lost"

    def _still_busy(self) -> bool:
        """Whether jobs run; from then on the end of one wakes up."""
        self._wake.clear()
        return self._busy.total() > 0

    def _drain(self) -> None:
        """Wait for the jobs that run, then give back what is left: whoever still works on it finds its claim lost."""
        end = clock.monotonic() + self._settings.jobs_drain_seconds
        while self._still_busy() and (left := end - clock.monotonic()) > 0:
            self._wake.wait(min(left, self._settings.jobs_poll_seconds))
        with self._lock:
            left_over = [*self._held.values()]
        try:
            with self._app.app_context():
                claims.give_back(left_over)
        except INTERRUPTED as error:
            log.warning("jobs.not_given_back", number=len(left_over), fault=classify(error).value)
        for _ in range(self.threads):
            self._batches.put([])
        log.info("jobs.worker_stopped", unfinished=len(left_over))
