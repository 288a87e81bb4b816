"""Answers requests while a scenario is active, in place of HTTPAdapter.send."""

import io
from functools import wraps
from inspect import getattr_static
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from mdt.engine.http1 import length
from mdt.engine.messages import Fault, Passthrough, Reply
from mdt.inprocess.dispatch import answer, passing, untouched
from mdt.inprocess.requests_messages import Send, read, redirected
from mdt.inprocess.script import head

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter


def mocked(_: ModuleType, original: Send) -> Send:
    """Patches HTTPAdapter.send."""

    @wraps(original)
    def send(self: "HTTPAdapter", request: "PreparedRequest", *args: Any, **options: Any) -> "Response":
        if untouched():
            return original(self, request, *args, **options)
        return _answered(original, self, request, *args, **options)

    return send


def _answered(
    original: Send, adapter: "HTTPAdapter", request: "PreparedRequest", *args: Any, **options: Any
) -> "Response":
    outcome = answer(read(request))
    if outcome is None or isinstance(outcome, Passthrough):
        with passing(outcome):
            sent = request if outcome is None else redirected(request, outcome.url)
            return original(adapter, sent, *args, **options)
    return respond(adapter, request, outcome, *args, **options)


def respond(
    adapter: "HTTPAdapter",
    request: "PreparedRequest",
    outcome: Reply | Fault,
    *args: Any,
    **options: Any,
) -> "Response":
    """The Response, or the exception that this fault causes on a real connection."""
    if isinstance(outcome, Reply) and (response := _at_once(adapter, request, outcome)) is not None:
        return response
    from mdt.inprocess.requests_wire import over_the_wire  # imports requests, which is loaded when this is called

    with passing():
        return over_the_wire(adapter, request, outcome, *args, **options)


def _at_once(adapter: "HTTPAdapter", request: "PreparedRequest", reply: Reply) -> "Response | None":
    """Makes the response of a simple reply; None if urllib3 must play it: a delay, chunks, cookies, retries, tracing."""
    start = head(reply.status, reply.headers)
    if reply.delay or reply.chunks is not None or not start.simple or _retried(adapter, request, reply) or _traced():
        return None
    return adapter.build_response(request, _raw(request, reply, start.reason, start.headers))


def _retried(adapter: "HTTPAdapter", request: "PreparedRequest", reply: Reply) -> bool:
    """Whether the adapter's Retry would send the request again."""
    retries: Any = adapter.max_retries
    if not (retries.total or retries.status_forcelist):
        return False
    has_retry_after = any(name.lower() == "retry-after" for name, _ in reply.headers)
    return bool(retries.is_retry(request.method, reply.status, has_retry_after))


def _traced() -> bool:
    """Whether a tool has patched http.client or urllib3, as Sentry and OpenTelemetry do."""
    from http.client import HTTPConnection

    from urllib3 import HTTPConnectionPool

    hooks = ((HTTPConnection, "putrequest"), (HTTPConnectionPool, "urlopen"))
    return any(not _is_own(owner, getattr_static(owner, name)) for owner, name in hooks)


def _is_own(owner: type, function: Any) -> bool:
    return type(function) is FunctionType and function.__module__.split(".")[0] == owner.__module__.split(".")[0]


def _raw(request: "PreparedRequest", reply: Reply, reason: str, headers: tuple[tuple[str, str], ...]) -> Any:
    from urllib3 import HTTPHeaderDict, HTTPResponse

    body = b"" if request.method == "HEAD" else reply.body
    lines = HTTPHeaderDict([*headers, ("content-length", str(length(reply, is_head=request.method == "HEAD")))])
    return HTTPResponse(
        body=io.BytesIO(body),
        headers=lines,
        status=reply.status,
        version=11,
        version_string="HTTP/1.1",
        reason=reason,
        preload_content=False,
        decode_content=False,
        request_method=request.method,
        request_url=request.url,
    )
