"""Couriers deliver messages: to a URL, or into an application through its test client. Nobody follows a redirect.

Copies that are sent at the same time share a gate: each stops before its last byte, so that all are under way before one
is complete ("last-byte synchronisation").
"""

import http.client
import io
import ipaddress
import threading
from collections.abc import Callable, Collection
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from mdt.callbacks.model import Message
from mdt.engine.messages import Reply
from mdt.errors import MdtError
from mdt.language import Words, _

TIMEOUT = 10.0  # seconds
GATE_TIMEOUT = 5.0
MOST = 1_000_000  # bytes of an answer that are kept


class UndeliverableError(MdtError):
    """A message cannot be delivered: nobody listens there, or it must not go there."""


class Gate:
    """Where several deliveries meet. `met`: all of them were there at one moment."""

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count)
        self.met = False

    def wait(self) -> None:
        """Returns when all are there, or when one of them cannot come."""
        try:
            self._barrier.wait(GATE_TIMEOUT)
            self.met = True
        except threading.BrokenBarrierError:
            pass

    def give_up(self) -> None:
        """Lets the others go: this delivery has ended without passing the gate."""
        self._barrier.abort()


class Courier(Protocol):
    """Delivers a message and returns the answer. Raises UndeliverableError.

    `origin` stands for the host of an address whose variable is missing; "" if the host matters. `carried` makes a function run in another thread as it would in this one.
    """

    @property
    def origin(self) -> str: ...

    def deliver(self, message: Message, gate: Gate | None = None, *, trusted: bool = False) -> Reply: ...

    def carried(self, function: Callable[[], None]) -> Callable[[], None]: ...


def rebased(url: str, base: str) -> str:
    """The URL at another scheme and host, below the path of `base`."""
    parts, to = urlsplit(url), urlsplit(base)
    return urlunsplit((to.scheme, to.netloc, to.path.rstrip("/") + (parts.path or "/"), parts.query, ""))


def is_here(host: str) -> bool:
    """Whether a host is this machine by its name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost" or host.lower().endswith(".localhost")


class HttpCourier:
    """Sends to URLs. `base` takes the place of every scheme and host. Without it a message that is not trusted, because its
    address came with a request, goes to this machine and to `allowed` hosts only.
    """

    def __init__(self, base: str | None = None, allowed: Callable[[str], bool] = lambda _host: False) -> None:
        self.origin = base or ""
        self._base = base
        self._allowed = allowed

    def carried(self, function: Callable[[], None]) -> Callable[[], None]:
        return function

    def deliver(self, message: Message, gate: Gate | None = None, *, trusted: bool = False) -> Reply:
        url = rebased(message.url, self._base) if self._base else message.url
        parts = urlsplit(url)
        host = parts.hostname
        if parts.scheme not in {"http", "https"} or not host:
            raise UndeliverableError(_("{url!r} is no http url", url=url))
        if not (trusted or self._base or is_here(host) or self._allowed(parts.netloc.rpartition("@")[2].lower())):
            raise UndeliverableError(_elsewhere(host))
        try:
            return _exchanged(url, message, gate)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UndeliverableError(
                _("{url} got no answer: {why}", url=url, why=str(error) or type(error).__name__)
            ) from error


def _elsewhere(host: str) -> Words:
    return _(
        "{host} is another machine, and only its request named it. Set callbacksTo in mdt.yaml to your application's address, "
        "add the host to allowHosts, or give deliver_to() a test client or a URL",
        host=host,
    )


def _exchanged(url: str, message: Message, gate: Gate | None) -> Reply:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.putrequest(message.method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        for name, value in (*message.headers, ("content-length", str(len(message.body)))):
            connection.putheader(name, value)
        connection.endheaders(message.body[:-1] if gate else message.body)
        if gate:
            gate.wait()
            connection.send(message.body[-1:])
        answer = connection.getresponse()
        return Reply(answer.status, tuple(answer.getheaders()), answer.read(MOST))
    finally:
        connection.close()


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
