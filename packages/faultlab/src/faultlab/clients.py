"""HTTP clients of the service: one request after the other, or many at the same moment."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import urllib3
from urllib3.exceptions import HTTPError

from faultlab.adapter import Outgoing
from faultlab.report_model import Request

MEET = 10.0  # seconds for all threads to be ready


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; without one `status` is None and `error` names the reason."""

    status: int | None
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    error: str = ""

    def data(self) -> dict[str, object]:
        """`data` of the envelope; empty if there is none."""
        try:
            found = json.loads(self.body)["data"]
        except (ValueError, KeyError, TypeError):
            return {}
        return found if isinstance(found, dict) else {}


class Client:
    """Sends one request after the other over a kept connection; it never retries."""

    def __init__(self, port: int, timeout: float) -> None:
        self._pool = urllib3.HTTPConnectionPool("127.0.0.1", port, timeout=timeout, maxsize=1, retries=False)

    def send(self, outgoing: Outgoing) -> Answer:
        """Send it once; a failure is an `Answer` without status."""
        body = None if outgoing.json is None else json.dumps(outgoing.json).encode()
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            response = self._pool.urlopen(outgoing.method, outgoing.path, body, headers | dict(outgoing.headers))
        except (HTTPError, OSError) as error:
            return Answer(None, error=type(error).__name__)
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, response.data)

    def close(self) -> None:
        self._pool.close()


class Clock:
    """Seconds since a case began."""

    def __init__(self) -> None:
        self.zero = time.monotonic()

    def now(self) -> float:
        return round(time.monotonic() - self.zero, 4)

    def since(self, moment: float) -> float:
        """A value of `time.monotonic()` on this clock."""
        return round(moment - self.zero, 4)


class InFlight:
    """Requests in flight, sent at the same moment: `send(client, number)` for each client."""

    def __init__(self, clients: Sequence[Client], send: Callable[[Client, int], Request]) -> None:
        self._clients, self._send = clients, send
        self._pool = ThreadPoolExecutor(len(clients))
        barrier = threading.Barrier(len(clients))
        self._futures: list[Future[Request]] = [
            self._pool.submit(self._one, barrier, client, number) for number, client in enumerate(clients)
        ]

    def _one(self, barrier: threading.Barrier, client: Client, number: int) -> Request:
        barrier.wait(MEET)
        return self._send(client, number)

    def done(self) -> bool:
        return all(future.done() for future in self._futures)

    def answers(self) -> list[Request]:
        """Wait for all answers, and close the clients."""
        found = [future.result() for future in self._futures]
        self._pool.shutdown()
        for client in self._clients:
            client.close()
        return found
