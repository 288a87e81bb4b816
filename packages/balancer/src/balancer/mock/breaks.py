"""Answers that break: below HTTP, in the body, or in a stream."""

import asyncio
from collections.abc import AsyncGenerator, Callable

from mdt.engine.messages import Fault, FaultKind, Reply
from mdt.server.exchange import Stream, StreamBrokenError

from balancer.mock.behaviors import ProviderBehavior
from balancer.mock.call import EVENTS, HTML, JSON, Answer, Call, Headers, success
from balancer.wire import json_text, sse
from balancer.wire.errors import error_body

HALF_A_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-le"
A_PAGE = b"<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>"
PLAIN_TO_TLS = (
    b"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head>"
    b"<body><center><h1>400 Bad Request</h1></center>"
    b"<center>The plain HTTP request was sent to HTTPS port</center></body></html>"
)


def _plain(call: Call) -> bytes:
    """A good answer's bytes, for what breaks it."""
    whole = call.answer()
    if call.streams and call.surface.events is not None:
        return b"".join(map(sse.encode, call.surface.events(whole, call.body)))
    return json_text.encode(whole)


def _headers_of_good(call: Call) -> Headers:
    return EVENTS if call.streams else JSON


def truncated_body(call: Call) -> Fault:
    """A Content-Length, half of that, and the end."""
    return Fault(FaultKind.TRUNCATED, call.reply(200, _headers_of_good(call), _plain(call)))


async def timeout(call: Call) -> Answer:
    phase = call.provider.timeout_phase
    if phase == "headers":
        await asyncio.sleep(call.provider.timeout_ms / 1000)
        return Fault(FaultKind.EMPTY)
    if phase == "mid" and call.streams:
        return success(call)
    beginning = b"" if phase == "first_event" else _first_half(call)
    return _then_silence(call, beginning, call.provider.timeout_ms)


def _first_half(call: Call) -> bytes:
    whole = _plain(call)
    return whole[: len(whole) // 2]


def _then_silence(call: Call, beginning: bytes, milliseconds: int) -> Stream:
    async def pieces() -> AsyncGenerator[bytes]:
        yield beginning
        await asyncio.sleep(milliseconds / 1000)
        raise StreamBrokenError

    return Stream(call.reply(200, _headers_of_good(call), b"").headers, pieces())


def connection_error(call: Call) -> Answer:
    phase = call.provider.connection_phase
    if phase == "fin":
        return Fault(FaultKind.EMPTY)
    if phase == "mid_body":
        return success(call) if call.streams else truncated_body(call)
    return Stream((), _half_a_head(), raw=True) if phase == "mid_headers" else Fault(FaultKind.CONNECTION_RESET)


async def _half_a_head() -> AsyncGenerator[bytes]:
    yield HALF_A_HEAD
    raise StreamBrokenError


def tls(call: Call) -> Answer:
    """By TLS the client has accepted a bad certificate, and gets the answer."""
    return success(call) if call.secure else call.reply(400, HTML, PLAIN_TO_TLS)


def broken_stream(call: Call) -> Answer:
    """Breaks the stream; an answer that is no stream breaks in the way that comes nearest."""
    return success(call) if call.streams else NO_STREAM[call.behavior](call)


def _half(call: Call) -> Reply:
    """Half of a JSON document, which ends as if it were whole."""
    return call.reply(200, JSON, _first_half(call))


def _error_under_200(call: Call) -> Reply:
    status = call.provider.error_http_code or 529
    return call.json(error_body(call.format, status, call.provider.error_message or "Overloaded"))


def not_json(call: Call) -> Reply:
    return call.reply(200, HTML, A_PAGE)


_B = ProviderBehavior
NO_STREAM: dict[ProviderBehavior, Callable[[Call], Answer]] = {
    _B.STREAM_CUT: truncated_body,
    _B.STREAM_TRUNCATED: _half,
    _B.STREAM_STALL: lambda call: _then_silence(call, _first_half(call), call.provider.stall_ms),
    _B.STREAM_ERROR_EVENT: _error_under_200,
    _B.STREAM_MALFORMED: _half,
    _B.STREAM_NO_DONE: success,
    _B.EMPTY_STREAM: lambda call: call.reply(200, JSON, b""),
}
"""What comes nearest to a broken stream where nothing streams."""
