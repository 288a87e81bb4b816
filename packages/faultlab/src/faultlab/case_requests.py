"""Sends the requests of a case: prepares operations, judges the answers, notes both."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from faultlab import answers
from faultlab.adapter import Operation, Outgoing
from faultlab.case_record import Notes
from faultlab.clients import Answer, Client, Clock, InFlight
from faultlab.language import FaultlabError, _
from faultlab.report_model import Phase, Request
from faultlab.testbed import Testbed

SPARE = 10.0  # seconds beyond the budget after which a client gives up


class RunInterruptedError(FaultlabError):
    """The run was interrupted; a case raises this at its next step."""


class CaseRequests:
    """`prepare` operations, then `send` them one by one or, by `sending`, at the same moment."""

    def __init__(self, testbed: Testbed, stop: threading.Event) -> None:
        self.testbed, self.stop = testbed, stop
        self.clock = Clock()
        self.notes = Notes()
        self.operations: list[Operation] = []
        self._keys: dict[str, str | None] = {}
        self._lock = threading.Lock()
        self._in_flight: list[InFlight] = []

    def pause(self, seconds: float) -> None:
        """Sleep; raises RunInterruptedError as soon as the run is interrupted."""
        if self.stop.wait(seconds):
            raise RunInterruptedError(_("the run was interrupted"))

    def go_on(self) -> None:
        """Raise RunInterruptedError if the run was interrupted."""
        if self.stop.is_set():
            self.pause(0)

    def prepare(self, count: int, *, keys: Callable[[int], bool] = lambda number: number % 2 == 1) -> list[Operation]:
        """Prepare `count` more operations; `keys(number)` says whether an operation gets an idempotency key."""
        self.go_on()
        with self.testbed.sql.connect() as sql:
            new = self.testbed.adapter.prepare(self.testbed.url, sql, count)
        first = len(self.operations)
        self.add(new, [f"key-{one.id}" if keys(number) else None for number, one in enumerate(new, first)])
        return new

    def add(self, operations: Sequence[Operation], keys: Sequence[str | None]) -> None:
        """Add operations prepared elsewhere, each with its idempotency key."""
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
        """Send the request of an operation once, with its own idempotency key or `key`, and note the answer."""
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
        self.go_on()
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
        """A client with a connection of its own; the caller closes it."""
        return Client(self.testbed.port, self.testbed.profile.budget + SPARE)

    def sending(
        self, operations: Sequence[Operation], phase: Phase = "fault", keys: Sequence[str | None] = ()
    ) -> InFlight:
        """Send all operations at the same moment, each from its own client, with its own idempotency key or that of `keys`."""
        under = keys or [None] * len(operations)
        return self._together(
            len(operations),
            lambda client, number: self.send(operations[number], phase, client, number, key=under[number]),
        )

    def asking(self, requests: Sequence[Outgoing], phase: Phase = "fault") -> InFlight:
        """Send these requests at the same moment, each from its own client."""
        return self._together(
            len(requests), lambda client, number: self.ask(requests[number], phase, client, number)[0]
        )

    def _together(self, count: int, send: Callable[[Client, int], Request]) -> InFlight:
        self._in_flight.append(InFlight([self.client() for _ in range(count)], send))
        return self._in_flight[-1]

    def finish_requests(self) -> None:
        """Wait for the requests in flight, so that none reaches into the next case."""
        for one in self._in_flight:
            with suppress(Exception):  # `answers()` has raised it already
                one.answers()
