"""Clients of the service: each sends over a connection of its own and notes what it was answered."""

import json
import time
from dataclasses import dataclass, field

import urllib3
from urllib3.exceptions import HTTPError

from faultlab.adapter import Outgoing


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `status` is None if nothing did, and `error` says why."""

    status: int | None
    headers: dict[str, str] = field(default_factory=dict)  # names in small letters
    body: bytes = b""
    error: str = ""

    def data(self) -> dict[str, object]:
        """The envelope's `data`, or nothing."""
        try:
            found = json.loads(self.body)["data"]
        except (ValueError, KeyError, TypeError):
            return {}
        return found if isinstance(found, dict) else {}


class Client:
    """Sends one request after the other over one connection, as long as the service keeps it; nothing is sent twice."""

    def __init__(self, port: int, timeout: float) -> None:
        self._pool = urllib3.HTTPConnectionPool("127.0.0.1", port, timeout=timeout, maxsize=1, retries=False)

    def send(self, outgoing: Outgoing) -> Answer:
        """Send it once; whatever goes wrong is an answer too."""
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
        """A reading of `time.monotonic()` on this clock."""
        return round(moment - self.zero, 4)
