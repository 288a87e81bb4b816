"""What fails before the first content is answered by the next provider; what breaks after it is never called whole."""

import asyncio

import aiohttp
import pytest

from balancer.wire import anthropic
from balancer.wire.errors import anthropic_error
from balancer.wire.sse import encode
from tests.sockets.proxy.raw_upstream import RawUpstream, reset, silent, stream, whole

pytestmark = pytest.mark.anyio
REQUEST = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
GOOD = anthropic.message("All is well with the second one.", model="m")
EVENTS = [encode(event) for event in anthropic.stream(GOOD)]
START, CONTENT = EVENTS[:3], EVENTS[:5]
ERROR_EVENT = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
PATIENT = {"connect": 5, "first_byte": 5, "first_token": 5, "idle": 5}
HASTY = {"connect": 1, "first_byte": 0.8, "first_token": 0.8, "idle": 0.8}


async def half_a_body(call):
    await call.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{")
    raise ConnectionError


async def garbage(call):
    await call.send(b"this is not HTTP\r\n\r\n")
    raise ConnectionError


async def silent_after_head(call):
    await call.head(200, "text/event-stream")
    await call.silence()


async def silent_after_start(call):
    await call.head(200, "text/event-stream")
    await call.chunk(b"".join(START))
    await call.silence()


FAULTS = {
    "500": whole(anthropic_error(500, "x"), 500),
    "502 html": whole(b"<h1>502</h1>", 502, content_type="text/html"),
    "503": whole(anthropic_error(503, "x"), 503),
    "529": whole(anthropic_error(529, "x"), 529),
    "429 with a wait": whole(anthropic_error(429, "x"), 429, "retry-after: 30"),
    "401": whole(anthropic_error(401, "x"), 401),
    "402": whole(anthropic_error(402, "x"), 402),
    "403": whole(anthropic_error(403, "x"), 403),
    "404": whole(anthropic_error(404, "x"), 404),
    "redirect": whole(b"", 302, "location: http://127.0.0.1:1/"),
    "credit balance as 400": whole(anthropic_error(400, "Your credit balance is too low"), 400),
    "error body under 200": whole(anthropic_error(529, "x"), 200),
    "error text under 200": whole({"error": "insufficient credits"}, 200),
    "html under 200": whole(b"<h1>hello</h1>", 200, content_type="text/html"),
    "no json under 200": whole(b"{oops", 200),
    "empty body under 200": whole(b"", 200),
    "another shape under 200": whole({"hello": "world"}, 200),
    "reset": reset,
    "silence": silent,
    "cut body": half_a_body,
    "no http": garbage,
}
STREAM_FAULTS = FAULTS | {
    "error event first": stream(ERROR_EVENT),
    "error event after the start": stream(*START, ERROR_EVENT),
    "empty stream": stream(),
    "end after the start": stream(*START),
    "cut after the start": stream(*START, end=False),
    "malformed event": stream(*START, b"event: content_block_delta\ndata: {oops\n\n"),
    "events without names": stream(b'data: {"type":"message_start","message":{}}\n\n'),
    "only pings": stream(b'event: ping\ndata: {"type":"ping"}\n\n'),
    "silence after the headers": silent_after_head,
    "silence after the start": silent_after_start,
}
STREAM_FAULTS["a whole answer that is none"] = whole({"type": "message", "content": [{"type": "text"}]})
CASES = [(name, False) for name in FAULTS] + [(name, True) for name in STREAM_FAULTS]


@pytest.mark.parametrize(("name", "streams"), CASES)
async def test_the_next_provider_answers(balancer, name, streams):
    second = stream(*EVENTS) if streams else whole(GOOD)
    async with RawUpstream(STREAM_FAULTS[name]) as first, RawUpstream(second) as other:
        running = await balancer(first, other, timeouts=HASTY if "silence" in name else PATIENT)
        async with running.post("/v1/messages", REQUEST | {"stream": streams}) as got:
            body = await got.read()
            assert got.status == 200, body
            assert got.headers["x-provider-used"] == "p2"
            assert got.headers["x-balancer-attempts"] == str(len(first.calls) + len(other.calls))
    assert body == b"".join(EVENTS) if streams else b"All is well" in body
    assert len(first.calls) == (2 if name in {"500", "reset"} else 1)
    assert len(other.calls) == 1


async def received_of(running, body):
    """What a caller receives of a stream, and whether its body lacked the end mark."""
    received = b""
    try:
        async with running.post("/v1/messages", body) as got:
            async for data in got.content.iter_any():
                received += data
    except aiohttp.ClientPayloadError:
        return received, True
    return received, False


async def silent_after_content(call):
    await call.head(200, "text/event-stream")
    await call.chunk(b"".join(CONTENT))
    await call.silence()


BREAKS = {
    "clean end": stream(*CONTENT),
    "cut": stream(*CONTENT, end=False),
    "error event": stream(*CONTENT, ERROR_EVENT),
    "malformed": stream(*CONTENT, b"event: content_block_delta\ndata: {oops\n\n"),
    "second start": stream(*CONTENT, EVENTS[0]),
    "half an event": stream(*CONTENT, EVENTS[5][:20]),
    "silence": silent_after_content,
}


@pytest.mark.parametrize("name", BREAKS)
async def test_a_stream_that_breaks_after_content_ends_with_an_error_and_without_the_end_mark(balancer, name):
    async with RawUpstream(BREAKS[name]) as first, RawUpstream(stream(*EVENTS)) as other:
        running = await balancer(first, other, timeouts=HASTY if name == "silence" else PATIENT)
        received, cut = await received_of(running, REQUEST | {"stream": True})
        assert cut
        assert len(other.calls) == 0
    assert received.startswith(b"".join(CONTENT))
    rest = received.removeprefix(b"".join(CONTENT))
    assert rest.startswith(b"event: error\ndata: ")
    assert rest.count(b"\n\n") == 1
    assert b"message_stop" not in received
    assert [one.outcome for one in running.records] == ["broken"]
    assert running.runtime.health.describe("p1")["failures"] == 1


async def test_a_caller_s_own_fault_comes_back_verbatim_and_counts_for_nobody(balancer):
    error = b'{"type":"error", "error":{"type":"invalid_request_error","message":"max_tokens: too many"}}'
    async with RawUpstream(whole(error, 400)) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other)
        async with running.post("/v1/messages", REQUEST) as got:
            assert (got.status, await got.read()) == (400, error)
            assert got.headers["x-should-retry"] == "false"
        assert len(other.calls) == 0
        assert running.runtime.health.describe("p1")["failures"] == 0


async def test_no_sdk_is_told_to_sleep_for_minutes(balancer):
    """Anthropic's waits as long as `retry-after` says, inside the call."""
    for cooldown, advice in ((50, "true"), (300, "false")):
        async with RawUpstream(whole(b"", 503)) as upstream:
            running = await balancer(upstream, settings={"unhealthy_threshold": 1, "failure_cooldown": cooldown})
            async with running.post("/v1/messages", REQUEST) as got:
                assert cooldown - 5 < int(got.headers["retry-after"]) <= cooldown
                assert got.headers["x-should-retry"] == advice


async def test_when_all_fail_the_caller_learns_when_to_come_back(balancer):
    async with RawUpstream(whole(b"", 503)) as first, RawUpstream(whole(b"", 503)) as other:
        running = await balancer(first, other, settings={"unhealthy_threshold": 1, "failure_cooldown": 40})
        async with running.post("/v1/messages", REQUEST) as got:
            assert got.status == 503
            assert 35 < int(got.headers["retry-after"]) <= 40
            assert got.headers["x-should-retry"] == "true"
            body = await got.json()
            assert body["error"]["type"] == "overloaded_error"
            assert "p1" not in str(body)


async def test_a_caller_that_leaves_takes_its_upstream_call_with_it(balancer):
    async with RawUpstream(silent) as upstream:
        running = await balancer(upstream)
        asking = asyncio.create_task(running.session.post(running.url + "/v1/messages", json=REQUEST))
        await upstream.called.wait()
        asking.cancel()
        async with asyncio.timeout(0.2):
            await upstream.calls[0].gone.wait()
        (record,) = await running.settled()
    assert record.outcome == "client_gone"
    assert running.runtime.health.describe("p1")["failures"] == 0
    assert running.runtime.health.describe("p1")["in_flight"] == 0
