"""Delivers callbacks into an application through its test client, or through an HTTP client."""

import io
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from mdt.callbacks.couriers import TIMEOUT, Gate, UndeliverableError
from mdt.callbacks.model import Message
from mdt.engine.messages import Reply
from mdt.errors import MdtError
from mdt.language import _


class _GatedBody(io.BytesIO):
    """A body whose reader waits at the gate: the application has every copy in its hands before it reads one."""

    def __init__(self, body: bytes, gate: Gate) -> None:
        super().__init__(body)
        self._gate: Gate | None = gate

    def _pass(self) -> None:
        gate, self._gate = self._gate, None
        if gate:
            gate.wait()

    def read(self, *sizes: Any) -> bytes:
        self._pass()
        return super().read(*sizes)

    def readline(self, *sizes: Any) -> bytes:
        self._pass()
        return super().readline(*sizes)

    def readinto(self, *buffers: Any) -> int:
        self._pass()
        return super().readinto(*buffers)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path or "/", parts.query, ""))


def _by_werkzeug(client: Any, message: Message, gate: Gate | None) -> Reply:
    """Flask's and Werkzeug's. Copies at the same time get a client each, because one client is not made for threads."""
    one = type(client)(client.application, client.response_wrapper, use_cookies=False) if gate else client
    body = {"data": message.body} if gate is None else {"input_stream": _GatedBody(message.body, gate)}
    length = {} if gate is None else {"content_length": len(message.body)}
    kind = message.header("content-type") or None
    answer = one.open(
        _path(message.url),
        method=message.method,
        headers=[pair for pair in message.headers if pair[0] != "content-type"],
        content_type=kind,
        **body,
        **length,
    )
    return Reply(answer.status_code, tuple(answer.headers.items()), answer.get_data())


def _by_django(client: Any, message: Message, gate: Gate | None) -> Reply:
    headers = {name: value for name, value in message.headers if name != "content-type"}
    kind = message.header("content-type") or "application/octet-stream"
    if gate:
        gate.wait()
    answer = client.generic(message.method, _path(message.url), message.body, kind, headers=headers)
    return Reply(answer.status_code, tuple(answer.headers.items()), answer.content)


def _by_request(client: Any, message: Message, gate: Gate | None) -> Reply:
    """httpx's, httpx2's, Starlette's, FastAPI's and requests'. One with a base URL of its own gets the path alone."""
    url = _path(message.url) if str(getattr(client, "base_url", "")) else message.url
    body = {"data" if _is_requests(client) else "content": message.body}
    if gate:
        gate.wait()
    answer = client.request(message.method, url, headers=dict(message.headers), **body, **_no_redirect(client))
    return Reply(answer.status_code, tuple(answer.headers.items()), answer.content)


def _is_requests(client: Any) -> bool:
    return any(kind.__module__.partition(".")[0] == "requests" for kind in type(client).__mro__)


def _no_redirect(client: Any) -> dict[str, Any]:
    return {"allow_redirects": False, "timeout": TIMEOUT} if _is_requests(client) else {"follow_redirects": False}


KINDS: tuple[tuple[Collection[str], Callable[[Any, Message, Gate | None], Reply]], ...] = (
    (("open", "application", "response_wrapper"), _by_werkzeug),
    (("generic", "defaults"), _by_django),
    (("request", "headers"), _by_request),
)


class ClientCourier:
    """Sends through a test client or an HTTP client. Raises MdtError for an object that is none."""

    origin = "http://localhost"

    def __init__(self, client: Any) -> None:
        fitting = [send for names, send in KINDS if all(hasattr(client, name) for name in names)]
        if not fitting:
            raise MdtError(
                _(
                    "{kind} is no client that callbacks can go through. Give the test client of Flask, Werkzeug or Django, or "
                    "a client of httpx, Starlette or requests",
                    kind=type(client).__name__,
                )
            )
        self._client = client
        self._send = fitting[0]

    def carried(self, function: Callable[[], None]) -> Callable[[], None]:
        return function

    def deliver(self, message: Message, gate: Gate | None = None, *, trusted: bool = False) -> Reply:
        try:
            return self._send(self._client, message, gate)
        except OSError as error:
            raise UndeliverableError(_("{url} got no answer: {why}", url=message.url, why=error)) from error
