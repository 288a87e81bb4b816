"""What the tests of core.http share: a client in front of an adapter that answers what a test says, and a clock."""

import io
import threading
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
import requests
import requests_mock
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError, ReadTimeoutError

from backend.core import clock
from backend.core.deadline import Deadline
from backend.core.http.client import HttpClient
from backend.core.http.errors import RemoteError
from backend.core.settings import Address, Settings

BASE = "http://stock.internal/v1"
SECONDS = 6  # of the deadline
LIMIT, PAUSE = 5, 10.0  # of the circuit


def not_connected(reason: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(MaxRetryError(None, "/things", reason))  # type: ignore[arg-type]


NEVER_SENT: dict[str, Exception] = {
    "connection refused": not_connected(NewConnectionError(None, "refused")),  # type: ignore[arg-type]
    "no such host": not_connected(NameResolutionError("stock.internal", None, OSError("unknown"))),  # type: ignore[arg-type]
    "connect timeout": requests.ConnectTimeout(),
}
PERHAPS_SENT: dict[str, Exception] = {
    "read timeout": requests.ReadTimeout(),
    "connection reset": requests.ConnectionError(ProtocolError("reset", ConnectionResetError())),
    "connection without a reason": requests.ConnectionError(),
    "TLS": requests.exceptions.SSLError("bad certificate"),
    "broken chunks": requests.exceptions.ChunkedEncodingError(),
    "socket": OSError("gone"),
}


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def fake_time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Nobody waits: `clock.monotonic` and the sleep between tries are this clock."""
    fake = FakeTime()
    monkeypatch.setattr(clock, "monotonic", lambda: fake.now)
    monkeypatch.setattr("backend.core.retry.time.sleep", fake.sleep)
    return fake


class StockSettings(Settings):
    """With the address of the service called stock."""

    stock_url: Address = ""


class Stock:
    """A service called stock, as its client sees it. `answers` are given in order, the last one again and again."""

    def __init__(self, settings: Settings, threads: int = 4) -> None:
        self.slots = threading.BoundedSemaphore(threads)
        changed = {"stock_url": BASE, "service_circuit_failures": LIMIT, "service_circuit_pause": PAUSE}
        self.client = HttpClient("stock", "stock_url", settings.model_copy(update=changed), self.slots)
        self._adapter = requests_mock.Adapter()
        self.client.session.mount("http://", self._adapter)

    def answers(self, *replies: dict[str, Any]) -> None:
        self._adapter.register_uri(requests_mock.ANY, requests_mock.ANY, list(replies))

    def call(self, method: str = "GET", path: str = "/things", seconds: float = SECONDS, **arguments: Any) -> Any:
        return self.client.call(method, path, deadline=Deadline(seconds), **arguments)

    @property
    def requests(self) -> list[Any]:
        """What the service got."""
        return self._adapter.request_history


OK: dict[str, Any] = {"json": {"id": 1}}


def status(code: int, **headers: str) -> dict[str, Any]:
    """An answer with this status: `status(503, retry_after="2")`."""
    return {"status_code": code, "headers": {name.replace("_", "-"): value for name, value in headers.items()}}


def failing[E: RemoteError](call: Callable[[], object], kind: type[E] = RemoteError) -> E:
    """The error that `call` ends in."""
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def breaking_body(failure: Exception) -> io.BytesIO:
    """A body in whose middle the connection fails."""
    body = io.BytesIO()
    body.read = body.read1 = Mock(side_effect=failure)  # type: ignore[method-assign]
    return body


BROKEN_BODIES = {
    "read timeout": ReadTimeoutError(None, "/", "Read timed out."),  # type: ignore[arg-type]
    "incomplete": ProtocolError("incomplete"),
    "socket": OSError("gone"),
}


class DrippingBody(io.BytesIO):
    """A body of which one byte comes a second, for ever."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__()
        self.time = time

    def read1(self, *_: object) -> bytes:
        self.time.now += 1
        return b" "

    def read(self, size: int | None = -1, /) -> bytes:
        return b"".join(self.read1() for _ in range(size or 0))
