"""A case while it runs: sends requests, heals, reads the database, sends again what is uncertain, and notes everything."""

import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from faultlab import answers
from faultlab.adapter import Operation, Outgoing
from faultlab.case_notes import Notes
from faultlab.clients import Answer, Client, Clock, InFlight
from faultlab.language import Message, _
from faultlab.proxy import Fired
from faultlab.report_model import (
    Case,
    CaseKind,
    DatabaseSnapshot,
    Firing,
    Health,
    Outage,
    Phase,
    Priority,
    Request,
    Step,
    Text,
)
from faultlab.testbed import Testbed

SPARE = 10.0  # seconds that a client waits longer than any answer may take: then the service hangs
RECOVERY = 20.0  # seconds in which it must work again at all
QUIET = 15.0  # seconds for transactions in doubt to end
SETTLE = 20.0  # seconds for each operation to become certain
AGAIN = 0.02  # seconds between two questions
LOG_LINES = 60
MEET = "meet"  # name of a firing that harms nothing: it lets requests meet


@dataclass(frozen=True)
class Spec:
    """What a case is. `run` does it; `control`: it kills or freezes the database's server; `alone`: others on that server would notice."""

    id: str
    title: Text
    run: Callable[["CaseRun"], None]
    kind: CaseKind = "fault_tolerance"
    priority: Priority = "P1"
    fault: str = ""
    moment: str = ""
    clients: int = 1
    profile: str = "quick"
    promptly: bool = False
    control: bool = False
    alone: bool = False
    planned: tuple[int, int | None] = (0, 0)
    overlap: int = 0  # so many requests of phase `fault` have to be open at the same moment


class CaseRun:
    """One run of a `Spec` in a testbed."""

    def __init__(self, spec: Spec, testbed: Testbed, seed: int) -> None:
        self.spec, self.testbed, self.seed = spec, testbed, seed
        self.random = random.Random(f"{seed}/{spec.id}")  # noqa: S311 - a seed that replays a run, not a secret
        testbed.use(spec.profile)
        self.clock = Clock()
        self.started = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.notes = Notes()
        self.operations: list[Operation] = []
        self.harmed = threading.Event()  # set once the server is killed, stopped or frozen
        self._keys: dict[str, str | None] = {}
        self._lock = threading.Lock()
        self._log = testbed.service.log_size()
        self._fired_before = len(testbed.proxy.firings())

    @property
    def controlled(self) -> bool:
        """Whether the database's server can be killed, stopped and frozen."""
        return self.testbed.database.control is not None

    # --- requests
    def prepare(self, count: int, *, keys: Callable[[int], bool] = lambda number: number % 2 == 1) -> list[Operation]:
        """Prepare `count` more operations; `keys` says which of them have an idempotency key."""
        with self.testbed.sql.connect() as sql:
            new = self.testbed.adapter.prepare(self.testbed.url, sql, count)
        first = len(self.operations)
        self.add(new, [f"key-{one.id}" if keys(number) else None for number, one in enumerate(new, first)])
        return new

    def add(self, operations: Sequence[Operation], keys: Sequence[str | None]) -> None:
        """Take operations in that somebody else has prepared, and say under which idempotency key each is sent from now on."""
        self.operations += [one for one in operations if one not in self.operations]
        self._keys |= {one.id: key for one, key in zip(operations, keys, strict=True)}

    def send(
        self,
        operation: Operation,
        phase: Phase,
        client: Client | None = None,
        number: int = 0,
        *,
        key: str | None = None,
    ) -> Request:
        """Send the request of an operation once, under its own key or this one, and note the answer."""
        key = key or self._keys[operation.id]
        outgoing = self.testbed.adapter.request(operation, key)
        return self.ask(outgoing, phase, client, number, operation=operation, key=key)[0]

    def ask(
        self,
        outgoing: Outgoing,
        phase: Phase,
        client: Client | None = None,
        number: int = 0,
        *,
        operation: Operation | None = None,
        key: str | None = None,
    ) -> tuple[Request, Answer]:
        """Send any request, and note the answer."""
        own = client or self.client()
        began, t = time.monotonic(), self.clock.now()
        answer = own.send(outgoing)
        took = (time.monotonic() - began) * 1000
        if client is None:
            own.close()
        outcome, problems = answers.judge(
            answer.status,
            answer.headers,
            answer.body,
            envelope=self.testbed.adapter.envelope,
            secrets=self.testbed.secrets,
        )
        request = Request(
            t=t,
            phase=phase,
            client=number,
            method=outgoing.method,
            path=outgoing.path,
            operation=operation.id if operation else None,
            key=f"{operation.owner}/{key}" if operation and operation.owner and key else key,
            amount=operation.amount if operation else None,
            status=answer.status,
            outcome=outcome,
            ms=round(took, 2),
            error=answer.error,
            retry_after=answer.headers.get("retry-after"),
            replayed="idempotent-replayed" in answer.headers,
            problems=list(problems),
        )
        with self._lock:
            self.notes.requests.append(request)
        return request, answer

    def client(self) -> Client:
        return Client(self.testbed.port, self.testbed.profile.budget + SPARE)

    def sending(
        self, operations: Sequence[Operation], phase: Phase = "fault", keys: Sequence[str | None] = ()
    ) -> InFlight:
        """Send all of them at the same moment, each from a client of its own and under its own key or that of `keys`."""
        under = keys or [None] * len(operations)
        return InFlight(
            [self.client() for _ in operations],
            lambda client, number: self.send(operations[number], phase, client, number, key=under[number]),
        )

    def asking(self, requests: Sequence[Outgoing], phase: Phase = "fault") -> InFlight:
        """Ask all of this at the same moment, each from a client of its own."""
        return InFlight(
            [self.client() for _ in requests],
            lambda client, number: self.ask(requests[number], phase, client, number)[0],
        )

    # --- faults
    def fired(self, fault: str, moment: str, where: str = "") -> None:
        """Note a fault that the case set off without the proxy."""
        self.notes.firings.append(Firing(t=self.clock.now(), fault=fault, moment=moment, where=where))

    def firings(self) -> list[Firing]:
        """All faults of this case so far, those of the proxy included."""
        by_proxy = [
            Firing(t=self.clock.since(one.monotonic), fault=one.fault, moment=one.moment, where=one.where)
            for one in self._by_proxy()
        ]
        return sorted([*self.notes.firings, *by_proxy], key=lambda firing: firing.t)

    def _by_proxy(self) -> list[Fired]:
        return self.testbed.proxy.firings()[self._fired_before :]

    def heal(self) -> None:
        """Heal the proxy and note the end of the outage; the case itself takes back whatever else it did."""
        self.testbed.proxy.heal()
        now, before = self.clock.now(), self.notes.healed
        fired = [one.t for one in self.firings()]
        since = [one.t for one in self.firings() if one.fault != MEET and (before is None or one.t >= before)]
        if since:
            self.notes.outages.append(Outage(began=since[0], ended=now))
        if fired:
            self.notes.healed = now

    def service_died(self, began: float) -> None:
        """Note that the case killed the service then, and that it runs again now."""
        self.notes.deaths.append(Outage(began=began, ended=self.clock.now()))

    # --- after the fault
    def recover(self, operation: Operation) -> None:
        """Send until one request succeeds, and note when."""
        until = time.monotonic() + RECOVERY
        with closing(self.client()) as client:
            while time.monotonic() < until:
                if self.send(operation, "recovery", client).outcome == "ok":
                    self.notes.recovered = self.clock.now()
                    break
                time.sleep(AGAIN)

    def look(self, when: str) -> DatabaseSnapshot:
        """Read the database through the adapter, once no transaction is open any more."""
        quiet, t = self._wait_quiet(), self.clock.now()
        with self.testbed.sql.connect() as sql:
            found = self.testbed.adapter.snapshot(sql, self.operations)
        snapshot = found.model_copy(update={"t": t, "when": when, "quiet": quiet})
        self.notes.books.append(snapshot)
        return snapshot

    def _wait_quiet(self) -> bool:
        until = time.monotonic() + QUIET
        while not (self.testbed.proxy.held() == 0 and self.testbed.database.quiet()):
            if time.monotonic() > until:
                return False
            time.sleep(AGAIN)
        return True

    def settle(self) -> None:
        """Send every uncertain operation again until it is acknowledged."""
        certain = {one.operation for one in self.notes.requests if one.outcome == "ok"}
        asked = {one.operation for one in self.notes.requests}
        for operation in self.operations:
            if operation.id in asked - certain:
                self._until_ok(operation)

    def _until_ok(self, operation: Operation) -> None:
        until = time.monotonic() + SETTLE
        while self.send(operation, "settle").outcome != "ok" and time.monotonic() < until:
            time.sleep(AGAIN)

    # --- the record
    def step(self, name: Text | Message, expected: object, actual: object, *, ok: bool | None = None) -> None:
        """Note something that was checked; it is good if both are the same, unless `ok` says."""
        good = expected == actual if ok is None else ok
        self.notes.steps.append(
            Step(t=self.clock.now(), name=Text.of(name), expected=str(expected), actual=str(actual), ok=good)
        )

    def log_lines(self) -> list[str]:
        """What the service wrote since the case began."""
        return self.testbed.service.log_since(self._log)

    def case(self) -> Case:
        """The whole record, not judged yet."""
        notes = self.notes
        return Case(
            id=self.spec.id,
            title=self.spec.title,
            kind=self.spec.kind,
            priority=self.spec.priority,
            fault=self.spec.fault,
            moment=self.spec.moment,
            clients=self.spec.clients,
            seed=self.seed,
            budget=self.testbed.profile.budget,
            promptly=self.spec.promptly,
            operations=[operation.id for operation in self.operations],
            status="passed",
            started=self.started,
            duration_ms=round(self.clock.now() * 1000, 1),
            steps=[*notes.steps, *self._undone()],
            requests=sorted(notes.requests, key=lambda one: one.t),
            firings=self.firings(),
            planned=self.spec.planned,
            overlap=self.spec.overlap,
            outages=notes.outages,
            healed=notes.healed,
            recovered=notes.recovered,
            books=notes.books,
            health=self._health(),
            transitions={state: list(after) for state, after in self.testbed.adapter.transitions.items()},
            logs=self._telling(),
        )

    def _undone(self) -> list[Step]:
        """Failed steps for faults whose action failed: such a case proves nothing."""
        name = Text.of(_("The harm is done"))
        return [
            Step(t=self.clock.since(one.monotonic), name=name, expected="done", actual=one.problem, ok=False)
            for one in self._by_proxy()
            if one.problem
        ]

    def _health(self) -> list[Health]:
        """The liveness answers, except while the service was dead because the case killed it."""
        return [one for one in self.testbed.probe.since(self.clock) if not _within(one, self.notes.deaths)]

    def _telling(self) -> list[str]:
        return [line for line in self.log_lines() if re.search(self.testbed.adapter.retries, line)][:LOG_LINES]


def _within(one: Health, spans: Iterable[Outage]) -> bool:
    end = one.t + one.ms / 1000
    return any(span.began <= end and one.t <= span.ended for span in spans)
