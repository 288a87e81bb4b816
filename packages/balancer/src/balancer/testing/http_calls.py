"""Small HTTP calls to servers of the test, past any proxy of the environment. urllib would load certificates for each."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit


class CallError(Exception):
    """The server refused, or did not answer. `status` is None then."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def call(method: str, url: str, body: Any = None, *, headers: dict[str, str] | None = None, timeout: float = 10) -> Any:
    """The JSON answer; None for an empty one. Raises CallError."""
    try:
        status, text = _exchange(
            method, url, None if body is None else json.dumps(body).encode(), headers or {}, timeout
        )
        if status >= 400:
            raise CallError(f"{method} {url} was answered {status}: {text.decode(errors='replace')[:2000]}", status)
        return json.loads(text) if text else None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise CallError(f"{method} {url} was not answered: {error or type(error).__name__}") from None


def _exchange(method: str, url: str, body: bytes | None, headers: dict[str, str], timeout: float) -> tuple[int, bytes]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, {"content-type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
