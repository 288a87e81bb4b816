"""Knows whether the database answers, so that nobody else has to wait to find out.

A daemon thread probes over a connection of its own: every DB_MONITOR_INTERVAL seconds while all is well, every second
while it is down. `/health` reads its state, and requests are refused at once while that is down.
"""

import threading
from enum import Enum

import structlog
from sqlalchemy import Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from backend.core import clock, running
from backend.core.db import postgresql as db_postgresql
from backend.core.db.errors import classify
from backend.core.errors import DatabaseUnavailableError

log = structlog.get_logger(__name__)
EXTENSION = "db_monitor"
PROBE_TIMEOUT = 1  # seconds
SUSPECT_INTERVAL = 1.0  # seconds, while it is down
AGAIN_INTERVAL = 0.1  # seconds, after a first failure
FAILURES_UNTIL_DOWN = 2


class State(Enum):
    UNKNOWN = "unknown"
    UP = "up"
    DOWN = "down"


class Monitor:
    """The state of one database, as the last probe saw it. `start()` begins the probing; `probe()` does one."""

    def __init__(self, url: URL, interval: float) -> None:
        self._engine = _probe_engine(url)
        self._interval = interval
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._returned = threading.Condition()
        self._returns = 0
        self._failures = 0
        self.state = State.UNKNOWN
        self.changed_at = clock.utcnow()

    def start(self) -> None:
        """Start the thread, once per process (a fork needs its own); a second call does nothing."""
        if not self._running():
            with self._lock:
                if not self._running():
                    self._thread = threading.Thread(target=self._run, name="db-monitor", daemon=True)
                    self._thread.start()

    def _running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(PROBE_TIMEOUT * 3)

    def suspect(self) -> None:
        """A request met a lost connection: probe now."""
        self._wake.set()

    def refuse_if_down(self) -> None:
        """Raise `DatabaseUnavailableError` at once while the database is known to be down."""
        if self.state is State.DOWN:
            raise DatabaseUnavailableError

    def wait_until_up(self, seconds: float) -> bool:
        """Wait up to `seconds` for a database that is down to answer again; returns whether it did."""
        with self._returned:
            seen = self._returns
            return self._returned.wait_for(lambda: self._returns != seen, seconds)

    def probe(self) -> State:
        """Ask the database now and remember the answer; one failure alone does not make a working database down."""
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            self._failures = 0
            self._become(State.UP)
        except SQLAlchemyError as error:
            self._failures += 1
            if self.state is not State.UP or self._failures >= FAILURES_UNTIL_DOWN:
                self._become(State.DOWN, fault=classify(error).value, error=str(getattr(error, "orig", error)))
        return self.state

    def _become(self, state: State, **why: str) -> None:
        """Remember the state and log its reason, such as a wrong password: nothing else tells it."""
        if state is not self.state:
            write = log.error if state is State.DOWN else log.info
            write("db.state", state=state.value, was=self.state.value, **why)
            self.changed_at = clock.utcnow()
        returned = self.state is State.DOWN and state is State.UP
        self.state = state
        if returned:
            with self._returned:
                self._returns += 1
                self._returned.notify_all()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            self.probe()
            self._wake.wait(self._pause())
            if self.state is State.UP and self._wake.is_set():
                self._stop.wait(AGAIN_INTERVAL)  # many requests may suspect at the same time: one probe serves them all

    def _pause(self) -> float:
        """Seconds until the next probe, unless somebody suspects something before."""
        if self.state is not State.UP:
            return SUSPECT_INTERVAL
        return AGAIN_INTERVAL if self._failures else self._interval


def _probe_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return create_engine(url, poolclass=NullPool)
    timeouts = {"connect_timeout": PROBE_TIMEOUT}
    if url.get_backend_name() != "postgresql":
        timeouts |= {"read_timeout": PROBE_TIMEOUT, "write_timeout": PROBE_TIMEOUT}
    engine = create_engine(url, poolclass=NullPool, connect_args=timeouts)
    if engine.dialect.driver == "psycopg":
        event.listen(engine, "do_connect", db_postgresql.connector(PROBE_TIMEOUT))
    return engine


def current() -> Monitor:
    """The running application's monitor."""
    monitor: Monitor = running.extension(EXTENSION)
    return monitor
