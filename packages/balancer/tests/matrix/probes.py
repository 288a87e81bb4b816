"""Questions to the balancer that one cell cannot ask. Each returns what it found wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from balancer.wire.formats import Format
from tests.matrix.arena import Arena, Plan
from tests.matrix.clients import CallerError, Client, Question, clients

A = Format.ANTHROPIC
WELL = {"behavior": "success", "response_data": {"content": "well"}}
ERROR_WORDS = 'The log says {"type": "error", "error": "insufficient credits"} and rate limit.'


def plan() -> Plan:
    """A model for each probe, in one namespace."""
    made = Plan()
    made.add("probes", "waits", [{"behavior": "rate_limit", "retry_after": 30}, WELL], [A, A])
    made.add("probes", "cools", [{"behavior": "overloaded"}, WELL], [A, A])
    made.add("probes", "quotes", [{"behavior": "success", "response_data": {"content": ERROR_WORDS}}, WELL], [A, A])
    made.add("probes", "tenants", [{**WELL, "delay_ms": 300}], [A])
    return made


async def calls_of(arena: Arena, provider: str) -> list[dict[str, Any]]:
    return [one for one in await arena.calls("probes") if one["provider"] == provider]


async def retry_after_is_kept(arena: Arena, client: Client) -> list[str]:
    """The provider asked for 30 seconds; the cooldown of 5 seconds that the settings name is shorter."""
    await client.ask(Question("waits", "one", stream=False))
    arena.clock.advanced += 20
    await client.ask(Question("waits", "two", stream=False))
    early = len(await calls_of(arena, "waits-1")) - 1
    arena.clock.advanced += 20
    await client.ask(Question("waits", "three", stream=False))
    late = len(await calls_of(arena, "waits-1")) - 1 - early
    found = [f"{early} calls before the 30 seconds of Retry-After were over"] if early else []
    return found + ([] if late else ["no call after them either"])


async def cooldown_is_kept(arena: Arena, client: Client) -> list[str]:
    for number in range(4):
        await client.ask(Question("cools", f"{number}", stream=False))
    calls = len(await calls_of(arena, "cools-1"))
    return [f"{calls} calls of a provider that was out after the first"] if calls != 1 else []


async def an_answer_may_speak_of_errors(arena: Arena, client: Client) -> list[str]:
    """A model that writes about errors is not one that fails: neither its answer nor its health may suffer."""
    texts = [await client.ask(Question("quotes", f"{number}", stream=bool(number % 2))) for number in range(4)]
    return [f"the answer was {text!r}" for text in texts if text != ERROR_WORDS]


async def tenants_share_no_answer(arena: Arena, _: Client) -> list[str]:
    """Two callers with different keys repeat the same request at the same time: each needs its own call."""
    body = Question("tenants", "same words", stream=False).fields
    async with httpx2.AsyncClient(base_url=arena.url, timeout=30) as http:
        headers = [
            {"authorization": f"Bearer sk-test-{name}", "idempotency-key": "same", "x-stainless-retry-count": "1"}
            for name in ("one", "two", "two")
        ]
        answers = await asyncio.gather(*(http.post("/v1/messages", json=body, headers=one) for one in headers))
    ids = [answer.json()["id"] for answer in answers]
    found = ["two tenants got the same answer"] if ids[0] in ids[1:] else []
    return found + ([] if ids[1] == ids[2] else ["one tenant's two equal requests were not joined"])


type Probe = Callable[[Arena, Client], Awaitable[list[str]]]
PROBES: tuple[Probe, ...] = (
    retry_after_is_kept,
    cooldown_is_kept,
    an_answer_may_speak_of_errors,
    tenants_share_no_answer,
)
SETTINGS = {"failure_cooldown": 5}


async def findings(arena: Arena) -> list[str]:
    """What all probes found, each line with the probe's name."""
    async with clients(arena.url) as opened:
        client = next(one for one in opened if one.name == "raw" and one.format is A)
        return [f"{probe.__name__}: {line}" for probe in PROBES for line in await _asked(probe, arena, client)]


async def _asked(probe: Probe, arena: Arena, client: Client) -> list[str]:
    try:
        return await probe(arena, client)
    except CallerError as error:
        return [f"{type(error).__name__}: {error}"]
