"""Asks a balancer as programs do: with either official SDK, as a stream or not, or with bare HTTP."""

import asyncio
import contextlib
import io
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from balancer.wire.sse import SseParser
from tests.framework import Environment

PROMPT = [{"role": "user", "content": "Tell me something."}]


@dataclass
class Seen:
    """What a client saw: a text, or an error."""

    text: str = ""
    error: BaseException | None = None
    response: Any = None
    pieces: int = 0

    @property
    def outcome(self) -> Any:
        """For `assert_expected`."""
        return self.error or self.response


async def with_anthropic(env: Any, *, stream: bool = False, messages: Any = PROMPT, **options: Any) -> Seen:
    client_options = {name: options.pop(name) for name in ("max_retries", "timeout", "api_key") if name in options}
    client = env.anthropic(**{"max_retries": 0, **client_options})
    seen = Seen()
    asked = {"model": env.model_name, "max_tokens": 100, "messages": messages, **options}
    try:
        if not stream:
            seen.response = await client.messages.create(**asked)
            seen.text = "".join(one.text for one in seen.response.content if one.type == "text")
            return seen
        async with client.messages.stream(**asked) as events:
            async for piece in events.text_stream:
                seen.text += piece
                seen.pieces += 1
            seen.response = await events.get_final_message()
    except Exception as error:  # noqa: BLE001 - it is what the client saw
        seen.error = error
    return seen


async def with_openai(env: Any, *, stream: bool = False, messages: Any = PROMPT, **options: Any) -> Seen:
    client_options = {name: options.pop(name) for name in ("max_retries", "timeout", "api_key") if name in options}
    client = env.openai(**{"max_retries": 0, **client_options})
    seen = Seen()
    asked = {"model": env.model_name, "messages": messages, **options}
    try:
        if not stream:
            seen.response = await client.chat.completions.create(**asked)
            seen.text = seen.response.choices[0].message.content or ""
            return seen
        finished = None
        async for chunk in await client.chat.completions.create(stream=True, **asked):
            for choice in chunk.choices:
                seen.text += choice.delta.content or ""
                seen.pieces += bool(choice.delta.content)
                finished = choice.finish_reason or finished
        assert finished, "the stream ended without a finish reason, and the SDK said nothing"
        seen.response = chunk
    except Exception as error:  # noqa: BLE001 - it is what the client saw
        seen.error = error
    return seen


CLIENTS = {"anthropic": with_anthropic, "openai": with_openai}
PATHS = {"anthropic": "/v1/messages", "openai": "/v1/chat/completions"}


@dataclass
class Bare:
    """An HTTP answer. `broken`: the transport said that it is not whole."""

    status: int | None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    broken: bool = False

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def names(self) -> list[str]:
        return [one.name for one in SseParser().feed(self.body)]

    @property
    def complete(self) -> bool:
        """Whether a stream has its terminal event."""
        return b"event: message_stop" in self.body or b"data: [DONE]" in self.body


async def bare(
    env: Any, body: Any, *, vendor: str = "anthropic", path: str | None = None, headers: dict | None = None
) -> Bare:
    """One request without an SDK."""
    data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    sent = {"content-type": "application/json", "x-api-key": "sk-test-client", **(headers or {})}
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(env.balancer_url + (path or PATHS[vendor]), data=data, headers=sent) as answer:
                found = Bare(answer.status, {name.lower(): value for name, value in answer.headers.items()})
                try:
                    async for piece in answer.content.iter_any():
                        found.body += piece
                except aiohttp.ClientError:
                    found.broken = True
                return found
        except aiohttp.ClientError:
            return Bare(None, broken=True)


def talk(env: Any, **more: Any) -> dict[str, Any]:
    return {"model": env.model_name, "max_tokens": 100, "messages": PROMPT, **more}


async def until(what: Any, seconds: float = 5) -> bool:
    """Whether this becomes true in time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not what():  # noqa: ASYNC110 - what is asked is in another process
                await asyncio.sleep(0.01)
    return bool(what())


async def in_turn(
    cases: Iterable[Any], scenario_of: Callable[[Any], Any], check: Callable[[Any, Any], Awaitable[None]]
) -> None:
    """Checks every case of a table in one environment, which plays the scenario of each in turn."""
    env = None

    async def one(case: Any) -> None:
        nonlocal env
        scenario = scenario_of(case)
        if env is None:
            env = await open_environments.enter_async_context(Environment(scenario))
        else:
            env.change_scenario(scenario)
        await check(env, case)

    async with contextlib.AsyncExitStack() as open_environments:
        await each(cases, one, together=1)


async def each(cases: Iterable[Any], check: Callable[[Any], Awaitable[None]], *, together: int = 6) -> None:
    """Checks every case of a table, some at the same time; an error names its case, and no case hides another."""
    room = asyncio.Semaphore(together)

    async def one(case: Any) -> Exception | None:
        async with room:
            try:
                await check(case)
            except Exception as error:  # noqa: BLE001 - raised below with the others
                error.add_note(f"case: {case}")
                return error
        return None

    failures = [error for error in await asyncio.gather(*map(one, cases)) if error is not None]
    if failures:
        raise ExceptionGroup(f"{len(failures)} cases failed", failures)
