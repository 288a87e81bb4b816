"""Finds which test used which scenario, from the entries of the server and the records of the tests."""

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mdt.cli.integration.exchanges import exchange_of
from mdt.engine.journal import Entry
from mdt.engine.outcome import Unmatched


@dataclass(frozen=True, slots=True)
class Use:
    """The calls of one scenario by one test. `scenario` "" is an unmatched call, with its `reason`."""

    service: str
    route: str
    scenario: str
    test: str | None
    session: str
    calls: int = 1
    request: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RanTest:
    """A test with its worker and the time of its run."""

    test: str
    worker: str
    start: float
    stop: float
    uses: tuple[tuple[str, str, str, int], ...] = ()
    exchanges: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    void: tuple[str, ...] = ()  # what the test never met


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """An entry of a server session, and its time in seconds since the epoch."""

    session: str
    at: float
    entry: Entry


class CallLog:
    """Collects every entry of every server session; thread-safe."""

    def __init__(self) -> None:
        self._calls: list[LoggedCall] = []
        self._lock = threading.Lock()

    def record(self, session: str, entry: Entry) -> None:
        if entry.kind == "callback":
            return
        with self._lock:
            self._calls.append(LoggedCall(session, time.time(), entry))

    def calls(self) -> list[LoggedCall]:
        with self._lock:
            return list(self._calls)


def read_records(folder: Path) -> list[RanTest]:
    """Reads the recorders' files; skips a last line that a crash cut off."""
    return [ran for file in sorted(folder.glob("*.jsonl")) for ran in _records(file)]


def _records(file: Path) -> Iterable[RanTest]:
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            record: Mapping[str, Any] = json.loads(line)
        except ValueError:
            continue
        uses = tuple((str(use[0]), str(use[1]), str(use[2]), int(use[3])) for use in record["uses"])
        exchanges = tuple(record.get("exchanges", ()))
        void = tuple(map(str, record.get("void", ())))
        yield RanTest(record["test"], file.stem, record["start"], record["stop"], uses, exchanges, void)


class Attribution:
    """Finds the test of a call: by its session's id, else by the worker and the time."""

    def __init__(self, ran: Iterable[RanTest], session: str) -> None:
        self._ran = list(ran)
        self._session = session
        self._workers = {one.worker for one in self._ran}
        self._by_digest = {digest: one.test for one in self._ran for digest in _digests(one)}

    def of(self, session: str, at: float) -> str | None:
        return self._named(session) or self._running(self._worker(session), at)

    def _named(self, session: str) -> str | None:
        """The test whose name's hash is in the session's id, as `mock_scenario` writes it."""
        parts = re.findall(r"[0-9a-f]{8}", session)
        return next((self._by_digest[part] for part in reversed(parts) if part in self._by_digest), None)

    def _worker(self, session: str) -> str | None:
        """The worker; None if it may be several."""
        own = session.removeprefix(f"{self._session}-")
        if own != session and own in self._workers:
            return own
        return next(iter(self._workers)) if len(self._workers) == 1 else None

    def _running(self, worker: str | None, at: float) -> str | None:
        fits = (one.test for one in self._ran if one.worker == worker and one.start <= at <= one.stop)
        return next(fits, None)


def _digests(ran: RanTest) -> tuple[str, str]:
    """The hashes that the pytest plugin makes, without and with xdist."""
    return tuple(hashlib.sha256(name.encode()).hexdigest()[:8] for name in (ran.test, f"{ran.test}@{ran.worker}"))  # type: ignore[return-value]


def uses_of(logged: Iterable[LoggedCall], ran: list[RanTest], session: str) -> list[Use]:
    """All uses, on the server and in the tests' processes."""
    tests = Attribution(ran, session)
    inside = [Use(*use[:3], one.test, "", use[3]) for one in ran for use in one.uses]
    return [*(_use(one, tests.of(one.session, one.at)) for one in logged), *inside]


def exchanges_of(
    logged: Iterable[LoggedCall], ran: list[RanTest], session: str
) -> Iterable[tuple[Mapping[str, Any], str | None]]:
    """All exchanges with their tests, on the server and in the tests' processes."""
    tests = Attribution(ran, session)
    outside = ((exchange_of(one.entry), tests.of(one.session, one.at)) for one in logged)
    yield from ((exchange, test) for exchange, test in outside if exchange is not None)
    yield from ((exchange, one.test) for one in ran for exchange in one.exchanges)


def _use(logged: LoggedCall, test: str | None) -> Use:
    entry = logged.entry
    request = f"{entry.request.method} {entry.request.url}"
    if isinstance(entry.outcome, Unmatched):
        reason = str(entry.outcome.near_miss)
        return Use(entry.service or "", "", "", test, logged.session, 1, request, reason)
    return Use(entry.service or "", entry.route or "", entry.scenario or "", test, logged.session, 1, request)
