"""Couriers deliver messages: to a URL, or into an application through its test client. Nobody follows a redirect.

Copies that are sent at the same time share a gate: each stops before its last byte, so that all are under way before one
is complete ("last-byte synchronisation").
"""

import http.client
import ipaddress
import threading
from collections.abc import Callable
from typing import Protocol
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
