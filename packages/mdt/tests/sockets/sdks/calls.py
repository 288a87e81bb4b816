"""Calls of the OpenAI and Anthropic SDKs with their answers, for tests in the process and against the server."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import anthropic
import openai

FOLDER = Path(__file__).parent / "mocks"
SAID = [{"role": "user", "content": "hello"}]


def asked(call: str, key: str, urls: dict[str, str] | None = None, **options: Any) -> str:
    """What the SDK says to a call of the table; without `urls` it calls its real host."""
    sdk, ask, _answer = CALLS[call]
    with client(sdk, key, urls, **options) as open_client:
        return ask(open_client)


def client(sdk: str, key: str, urls: dict[str, str] | None = None, **options: Any) -> Any:
    kind = openai.OpenAI if sdk == "openai" else anthropic.Anthropic
    base = {} if urls is None else {"base_url": urls[sdk]}
    return kind(**{"api_key": key, "max_retries": 0, **base, **options})


def joined(pieces: Iterable[str | None]) -> str:
    return "".join(piece or "" for piece in pieces)


def streamed_chat(client: Any) -> str:
    with client.chat.completions.create(model="gpt", messages=SAID, stream=True) as events:
        return joined(event.choices[0].delta.content for event in events)


def streamed_message(client: Any) -> str:
    with client.messages.stream(model="claude", max_tokens=9, messages=SAID) as events:
        return joined(events.text_stream)


CALLS: dict[str, tuple[str, Callable[[Any], str], str]] = {
    "openai chat": (
        "openai",
        lambda client: client.chat.completions.create(model="gpt", messages=SAID).choices[0].message.content,
        "hello from gpt",
    ),
    "openai stream": ("openai", streamed_chat, "piece by piece"),
    "anthropic message": (
        "anthropic",
        lambda client: client.messages.create(model="claude", max_tokens=9, messages=SAID).content[0].text,
        "hello from claude",
    ),
    "anthropic stream": ("anthropic", streamed_message, "one two"),
}


async def _chat(client: Any) -> str:
    return (await client.chat.completions.create(model="gpt", messages=SAID)).choices[0].message.content


async def _streamed_chat(client: Any) -> str:
    events = await client.chat.completions.create(model="gpt", messages=SAID, stream=True)
    return joined([event.choices[0].delta.content async for event in events])


async def _message(client: Any) -> str:
    return (await client.messages.create(model="claude", max_tokens=9, messages=SAID)).content[0].text


async def _streamed_message(client: Any) -> str:
    async with client.messages.stream(model="claude", max_tokens=9, messages=SAID) as events:
        return joined([text async for text in events.text_stream])


ASYNC = {
    "openai chat": _chat,
    "openai stream": _streamed_chat,
    "anthropic message": _message,
    "anthropic stream": _streamed_message,
}


async def asked_async(call: str, key: str, urls: dict[str, str] | None = None) -> str:
    """The same call by the asynchronous client."""
    kind = openai.AsyncOpenAI if call.startswith("openai") else anthropic.AsyncAnthropic
    base = {} if urls is None else {"base_url": urls[call.partition(" ")[0]]}
    async with kind(api_key=key, max_retries=0, **base) as client:
        return await ASYNC[call](client)
