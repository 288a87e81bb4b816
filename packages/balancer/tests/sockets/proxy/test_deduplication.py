"""Equal requests share an upstream call only when they may, and only as long as it is under way."""

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest

from balancer.wire import anthropic
from balancer.wire.assembly import assemble
from balancer.wire.formats import Format
from balancer.wire.sse import SseParser, encode
from tests.sockets.proxy.raw_upstream import RawUpstream, stream, whole

pytestmark = pytest.mark.anyio
ASK = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
GOOD = anthropic.message("All is well.", model="m")
EVENTS = [encode(event) for event in anthropic.stream(GOOD)]
RETRY = {"x-stainless-retry-count": "1"}
ALL = {"deduplication": {"mode": "all"}}


class Gate:
    """An upstream script that waits, after `first` pieces, for the test to let it go on."""

    def __init__(self, answer, pieces=()):
        self.answer, self.pieces = answer, pieces
        self.open = asyncio.Event()
        self.waiting = asyncio.Event()

    async def __call__(self, call):
        if self.pieces:
            await call.head(200, "text/event-stream")
            await call.chunk(b"".join(self.pieces[:5]))
        self.waiting.set()
        gone = asyncio.create_task(call.reader.read(1))
        opened = asyncio.create_task(self.open.wait())
        await asyncio.wait({gone, opened}, return_when=asyncio.FIRST_COMPLETED)
        if not self.open.is_set():
            opened.cancel()
            call.gone.set()
            raise ConnectionError
        gone.cancel()
        await asyncio.wait({gone})
        if self.pieces:
            await call.chunk(b"".join(self.pieces[5:]))
            await call.end()
        else:
            await self.answer(call)


@asynccontextmanager
async def asking(running, *requests):
    """Starts the requests one after the other: each has been read before the next one is sent."""
    tasks = []
    for body, headers in requests:
        before = running.runtime.inflight
        tasks.append(asyncio.create_task(fetch(running, body, headers)))
        async with asyncio.timeout(5):
            while running.runtime.inflight == before:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
    yield tasks
    await asyncio.gather(*tasks, return_exceptions=True)


async def fetch(running, body, headers):
    async with running.post("/v1/messages", body, headers=headers) as got:
        return got.status, await got.read(), got.headers


JOINS = [  # mode, headers of the first, headers of the second, upstream calls
    ("all", {}, {}, 1),
    ("retries", {}, {}, 2),
    ("retries", {}, RETRY, 1),
    ("retries", {"idempotency-key": "a"}, {"idempotency-key": "a"}, 1),
    ("retries", {"idempotency-key": "a"}, {"idempotency-key": "b"}, 2),
    ("all", {"x-api-key": "sk-test-one"}, {"x-api-key": "sk-test-two"}, 2),
    ("retries", {"x-api-key": "sk-test-one"}, {"x-api-key": "sk-test-two"} | RETRY, 2),
]


@pytest.mark.parametrize(("mode", "first", "second", "calls"), JOINS)
async def test_who_joins_whom(balancer, mode, first, second, calls):
    gate = Gate(whole(GOOD))
    async with RawUpstream(gate) as upstream:
        running = await balancer(upstream, settings={"deduplication": {"mode": mode}})
        async with asking(running, (ASK, first), (ASK, second)) as tasks:
            gate.open.set()
            answers = [await task for task in tasks]
        assert [status for status, _, _ in answers] == [200, 200]
        assert answers[0][1] == answers[1][1]
        assert ("x-balancer-joined" in answers[1][2]) == (calls == 1)
    assert len(upstream.calls) == calls
    assert sum(record.joined for record in await running.settled(2)) == 2 - calls


async def test_other_words_are_another_request_but_other_lengths_and_users_are_not(balancer):
    gate = Gate(whole(GOOD))
    same = {**ASK, "max_tokens": 99, "metadata": {"user_id": "u"}}
    other = {**ASK, "top_p": 0.5}
    async with RawUpstream(gate) as upstream:
        running = await balancer(upstream, settings=ALL)
        async with asking(running, ({**ASK, "metadata": {"user_id": "v"}}, {}), (same, {}), (other, {})):
            gate.open.set()
    assert len(upstream.calls) == 2


@pytest.mark.parametrize("streams", [(True, False), (False, True), (True, True)])
async def test_streams_and_whole_answers_mix(balancer, streams):
    gate = Gate(whole(GOOD), EVENTS if streams[0] else ())
    async with RawUpstream(gate) as upstream:
        running = await balancer(upstream, settings=ALL)
        bodies = [{**ASK, "stream": one} for one in streams]
        async with asking(running, *((body, {}) for body in bodies)) as tasks:
            await gate.waiting.wait()
            gate.open.set()
            answers = [(await task)[1] for task in tasks]
    assert len(upstream.calls) == 1
    messages = [
        assemble(Format.ANTHROPIC, SseParser().feed(body)) if streamed else json.loads(body)
        for body, streamed in zip(answers, streams, strict=True)
    ]
    assert [message["content"] for message in messages] == [GOOD["content"]] * 2
    assert [message["stop_reason"] for message in messages] == ["end_turn"] * 2


async def test_the_first_caller_may_leave_while_another_follows(balancer):
    gate = Gate(None, EVENTS)
    async with RawUpstream(gate) as upstream:
        running = await balancer(upstream, settings=ALL)
        async with asking(running, ({**ASK, "stream": True}, {}), ({**ASK, "stream": True}, {})) as (first, second):
            await gate.waiting.wait()
            first.cancel()
            await asyncio.sleep(0.05)
            gate.open.set()
            assert (await second)[1] == b"".join(EVENTS)
    assert len(upstream.calls) == 1


async def test_when_all_have_left_the_upstream_call_ends(balancer):
    gate = Gate(None, EVENTS)
    async with RawUpstream(gate) as upstream:
        running = await balancer(upstream, settings=ALL)
        async with asking(running, ({**ASK, "stream": True}, {}), ({**ASK, "stream": True}, {})) as (first, second):
            await gate.waiting.wait()
            first.cancel()
            await asyncio.sleep(0.05)
            assert not upstream.calls[0].gone.is_set()
            second.cancel()
            async with asyncio.timeout(0.2):
                await upstream.calls[0].gone.wait()
        records = await running.settled(2)
    assert {record.outcome for record in records} == {"client_gone"}
    assert running.runtime.health.describe("p1")["in_flight"] == 0


async def test_a_failure_is_shared_for_a_moment_and_an_answer_never(balancer):
    async with RawUpstream(whole(b"", 503), whole(GOOD)) as upstream:
        running = await balancer(upstream, settings={"deduplication": {"error_hold": 0.3}, "unhealthy_threshold": 9})
        status, body, headers = await fetch(running, ASK, {})
        again = await fetch(running, ASK, RETRY)
        assert (status, again[0], again[1]) == (503, 503, body)
        assert int(again[2]["retry-after"]) >= 1
        assert len(upstream.calls) == 1
        await asyncio.sleep(0.35)
        assert (await fetch(running, ASK, RETRY))[0] == 200
        assert (await fetch(running, ASK, RETRY))[0] == 200
        assert len(upstream.calls) == 3
    del headers


async def test_a_broken_stream_is_not_replayed(balancer):
    async with RawUpstream(stream(*EVENTS[:5]), stream(*EVENTS)) as upstream:
        running = await balancer(upstream, settings=ALL)
        async with running.session.post(running.url + "/v1/messages", json={**ASK, "stream": True}) as got:
            with pytest.raises(aiohttp.ClientPayloadError):
                await got.read()
        assert (await fetch(running, {**ASK, "stream": True}, {}))[1] == b"".join(EVENTS)


async def test_what_is_too_large_to_keep_is_not_joined(balancer):
    gate = Gate(None, EVENTS)
    async with RawUpstream(gate) as upstream:
        running = await balancer(upstream, settings={"deduplication": {"mode": "all", "max_buffer": 10}})
        async with asking(running, ({**ASK, "stream": True}, {})) as tasks:
            await gate.waiting.wait()
            await asyncio.sleep(0.05)
            tasks.append(asyncio.create_task(fetch(running, {**ASK, "stream": True}, {})))
            async with asyncio.timeout(5):
                while len(upstream.calls) < 2:  # noqa: ASYNC110 - no event tells of the second
                    await asyncio.sleep(0.005)
            gate.open.set()
            assert [(await task)[1] for task in tasks] == [b"".join(EVENTS)] * 2
