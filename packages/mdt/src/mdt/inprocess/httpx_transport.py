"""Answers httpx and httpx2 while a scenario is active, in place of their HTTP transports."""

import time
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from mdt.engine.http1 import length
from mdt.engine.messages import Passthrough, Reply, Request
from mdt.inprocess.dispatch import answer, passing, split, untouched
from mdt.inprocess.httpx_tap import tapped
from mdt.inprocess.script import head

type Handle = Callable[..., Any]


def mocked(httpx: ModuleType, original: Handle) -> Handle:
    """Patches HTTPTransport.handle_request."""

    @wraps(original)
    def handle_request(self: Any, request: Any) -> Any:
        if untouched():
            return original(self, request)
        outcome = answer(_read(request, request.read()))
        if outcome is None or isinstance(outcome, Passthrough):
            began = time.monotonic()
            with passing(outcome):
                response = original(self, _redirected(httpx, request, outcome))
            return tapped(httpx, response, outcome, began)
        if isinstance(outcome, Reply) and (response := _at_once(httpx, request, outcome)) is not None:
            return response
        from mdt.inprocess.httpx_wire import over_the_wire

        return over_the_wire(httpx, self, request, outcome)

    return handle_request


def mocked_async(httpx: ModuleType, original: Handle) -> Handle:
    """Patches AsyncHTTPTransport.handle_async_request."""

    @wraps(original)
    async def handle_async_request(self: Any, request: Any) -> Any:
        if untouched():
            return await original(self, request)
        outcome = answer(_read(request, await request.aread()))
        if outcome is None or isinstance(outcome, Passthrough):
            began = time.monotonic()
            with passing(outcome):
                response = await original(self, _redirected(httpx, request, outcome))
            return tapped(httpx, response, outcome, began)
        if isinstance(outcome, Reply) and (response := _at_once(httpx, request, outcome)) is not None:
            return response
        from mdt.inprocess.httpx_wire import over_the_wire_async

        return await over_the_wire_async(httpx, self, request, outcome)

    return handle_async_request


def _read(request: Any, body: bytes) -> Request:
    url, host, path, query = split(str(request.url))
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(request.method.upper(), url, host, path, query, headers, body)


def _redirected(httpx: ModuleType, request: Any, outcome: Passthrough | None) -> Any:
    """The request with another URL."""
    if outcome is None or outcome.url == str(request.url):
        return request
    headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"host"]
    return httpx.Request(
        request.method, outcome.url, headers=headers, content=request.content, extensions=request.extensions
    )


def _at_once(httpx: ModuleType, request: Any, reply: Reply) -> Any:
    """Makes the response of a simple reply; None if httpcore must play it: a delay, chunks, cookies."""
    start = head(reply.status, reply.headers)
    if reply.delay or reply.chunks is not None or not start.simple:
        return None
    return httpx.Response(
        reply.status,
        headers=[*start.headers, ("content-length", str(length(reply, is_head=request.method == "HEAD")))],
        stream=httpx.ByteStream(b"" if request.method == "HEAD" else reply.body),
        extensions={"http_version": b"HTTP/1.1", "reason_phrase": start.reason.encode()},
    )
