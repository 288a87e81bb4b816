"""Streams that their callers abort leave nothing behind: no task, no connection, no flight, no memory."""

import asyncio
import gc
import logging
import os
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from balancer.wire import anthropic
from balancer.wire.sse import encode
from tests.sockets.proxy.raw_upstream import RawUpstream

pytestmark = pytest.mark.anyio
ASK = {"model": "m", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "hi"}]}
EVENTS = [encode(one) for one in anthropic.stream(anthropic.message("word " * 200, model="m"))]
AT_ONCE = 50
PATIENT = {"connect": 60, "first_byte": 60, "first_token": 60, "idle": 60}
KEPT = 2_000_000  # bytes, whatever the number of streams
log = logging.getLogger(__name__)
COUNTS = [150, pytest.param(10_000, marks=pytest.mark.leaks)]


async def half_a_stream(call):
    await call.head(200, "text/event-stream")
    await call.chunk(b"".join(EVENTS[:20]))
    await call.silence()


async def abort(running, number):
    """Leave before the headers, after the first bytes, or with a reset. Every second request joins others."""
    body = ASK if number % 2 else {**ASK, "messages": [{"role": "user", "content": f"question {number}"}]}
    asked = running.session.post(running.url + "/v1/messages", json=body)
    if number % 3 == 0:
        task = asyncio.ensure_future(asked)
        await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return
    got = await asked
    await got.content.readany()
    if number % 3 == 1:
        got.connection.transport.abort()
    got.close()


async def aborted(running, upstream, count):
    """How the requests ended, by their outcomes."""
    outcomes = Counter()
    for start in range(0, count, AT_ONCE):
        await asyncio.gather(*(abort(running, number) for number in range(start, min(start + AT_ONCE, count))))
        outcomes.update(forgotten(running, upstream))
    await quiet(running, upstream)
    outcomes.update(forgotten(running, upstream))
    return outcomes


def forgotten(running, upstream):
    """Forget what the test itself has kept of the requests; their outcomes."""
    outcomes = [record.outcome for record in running.records]
    running.records.clear()
    upstream.calls.clear()
    return outcomes


async def quiet(running, upstream):
    """Wait until nothing is under way any more."""
    async with asyncio.timeout(20):
        while running.runtime.inflight or upstream.open:  # noqa: ASYNC110 - no event tells of both
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.05)
    gc.collect()


def resident():
    """MiB of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


@pytest.mark.parametrize("count", COUNTS)
async def test_aborted_streams_leave_nothing_behind(balancer, count):
    async with RawUpstream(half_a_stream) as upstream:
        running = await balancer(upstream, settings={"deduplication": {"mode": "all"}}, timeouts=PATIENT)
        await aborted(running, upstream, 2 * AT_ONCE)
        before = (len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")), resident())  # noqa: PTH208
        tracemalloc.start()
        outcomes = await aborted(running, upstream, count)
        gc.collect()
        kept, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        after = (len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")), resident())  # noqa: PTH208
        log.info("tasks, descriptors, MiB: %s before, %s after; %d bytes kept, %d at most", before, after, kept, peak)
        assert running.runtime.deduplication._flights == {}
        assert running.runtime.health.describe("p1")["in_flight"] == 0
        assert running.runtime.health.describe("p1")["failures"] == 0
    assert set(outcomes) == {"client_gone"}
    assert outcomes["client_gone"] >= count * 0.6  # a connection that closed before its request was read is no request
    assert after[0] <= before[0] + 2
    assert after[1] <= before[1] + 4
    assert kept < KEPT
