"""Three clients that ask the balancer: both official SDKs as they come, and raw HTTP. Each says what its caller would see."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import anthropic
import httpx2
import openai

from balancer.wire.errors import error_of
from balancer.wire.formats import Format
from balancer.wire.reading import Kind, reader_for
from balancer.wire.sse import Event, SseParser

PATHS = {Format.ANTHROPIC: "/v1/messages", Format.OPENAI: "/v1/chat/completions"}
TRANSPORT_ERRORS = (httpx2.TransportError, httpx2.StreamError)


class Outcome(StrEnum):
    """What a caller got. The first three are our contract; the others must never be."""

    FIRST = "first"  # a whole answer of the first provider
    NEXT = "next"  # a whole answer of the next one
    ERROR = "error"  # an error in the caller's format
    HANG = "HANG"
    TRUNCATED = "TRUNCATED SUCCESS"
    TWO_STARTS = "TWO STARTS"
    UNCLEAN = "UNCLEAN"  # an exception that is none of the SDK's, an error without a shape, a stream without an abort
    WRONG_TEXT = "WRONG TEXT"


ALLOWED = (Outcome.FIRST, Outcome.NEXT, Outcome.ERROR)


class CallerError(Exception):
    """What a caller gets in place of a whole answer."""


class UncleanError(CallerError):
    """The answer is neither whole nor an error that a caller could understand."""


class TruncatedError(CallerError):
    """The answer looks whole, and is not."""


class TwoStartsError(CallerError):
    """The answer began twice."""


class CleanError(CallerError):
    """The balancer said that it failed."""


@dataclass(frozen=True)
class Question:
    """One request: `words` make it one that no other cell asks."""

    model: str
    words: str
    stream: bool

    @property
    def fields(self) -> dict[str, Any]:
        return {"model": self.model, "max_tokens": 500, "messages": [{"role": "user", "content": self.words}]}


type Ask = Callable[[Question], Awaitable[str]]
"""Returns the text of a whole answer; raises CleanError, or one of the errors that must not be."""


@dataclass(frozen=True)
class Client:
    """A client and the format that it speaks."""

    name: str
    format: Format
    ask: Ask
    close: Callable[[], Awaitable[None]]


def anthropic_sdk(url: str) -> Client:
    sdk = anthropic.AsyncAnthropic(api_key="sk-test-matrix", base_url=url, timeout=170)

    async def ask(question: Question) -> str:
        try:
            if not question.stream:
                return _message_text(await sdk.messages.create(**question.fields))
            async with sdk.messages.stream(**question.fields) as stream:
                return _message_text(await stream.get_final_message())
        except anthropic.APIError as error:
            raise CleanError(str(error)) from error

    return Client("anthropic SDK", Format.ANTHROPIC, ask, sdk.close)


def _message_text(message: anthropic.types.Message) -> str:
    if message.stop_reason is None:
        raise TruncatedError("no stop_reason")
    return "".join(block.text for block in message.content if block.type == "text")


def openai_sdk(url: str) -> Client:
    sdk = openai.AsyncOpenAI(api_key="sk-test-matrix", base_url=f"{url}/v1", timeout=170)

    async def ask(question: Question) -> str:
        try:
            if not question.stream:
                choice = (await sdk.chat.completions.create(**question.fields)).choices[0]
                return _finished(choice.message.content or "", choice.finish_reason)
            return await _chunks(await sdk.chat.completions.create(**question.fields, stream=True))
        except openai.APIError as error:
            raise CleanError(str(error)) from error

    return Client("openai SDK", Format.OPENAI, ask, sdk.close)


async def _chunks(stream: openai.AsyncStream[Any]) -> str:
    text, reason, ids = "", None, set()
    async for chunk in stream:
        ids.add(chunk.id)
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reason = choice.finish_reason or reason
    if len(ids) > 1:
        raise TwoStartsError(", ".join(sorted(ids)))
    return _finished(text, reason)


def _finished(text: str, reason: str | None) -> str:
    if reason is None:
        raise TruncatedError("no finish_reason")
    return text


def raw(url: str, caller: Format) -> Client:
    http = httpx2.AsyncClient(base_url=url, timeout=170, limits=httpx2.Limits(max_connections=None))

    async def ask(question: Question) -> str:
        body = {**question.fields, "stream": question.stream}
        async with http.stream("POST", PATHS[caller], json=body) as response:
            if response.status_code >= 400:
                raise CleanError(_checked_error(caller, response, await response.aread()))
            if question.stream:
                return await _raw_stream(caller, response)
            return _raw_text(caller, json.loads(await response.aread()))

    return Client("raw", caller, ask, http.aclose)


def _checked_error(caller: Format, response: httpx2.Response, content: bytes) -> str:
    """The error's message, if it has the vendor's shape and says whether to try again."""
    body = json.loads(content)
    error = error_of(body)
    shape = {"type", "message"} if caller is Format.ANTHROPIC else {"type", "message", "param", "code"}
    if error is None or not shape <= set(error) or (caller is Format.ANTHROPIC and body.get("type") != "error"):
        raise UncleanError(f"no error of the vendor: {content[:200]!r}")
    if response.headers.get("x-should-retry") not in {"true", "false"} or "x-request-id" not in response.headers:
        raise UncleanError(f"headers are missing: {dict(response.headers)}")
    return str(error["message"])


def _raw_text(caller: Format, body: dict[str, Any]) -> str:
    if caller is Format.OPENAI:
        return _finished(body["choices"][0]["message"]["content"], body["choices"][0]["finish_reason"])
    return _finished("".join(block["text"] for block in body["content"]), body["stop_reason"])


async def _raw_stream(caller: Format, response: httpx2.Response) -> str:
    parser, reading = SseParser(), _Reading(caller)
    try:
        async for chunk in response.aiter_bytes():
            for event in parser.feed(chunk):
                reading.feed(event)
    except TRANSPORT_ERRORS as error:
        raise (CleanError if reading.reader.error else UncleanError)(f"the connection broke: {error!r}") from error
    return reading.text(parser.pending)


class _Reading:
    """A stream as a careful client reads it."""

    def __init__(self, caller: Format) -> None:
        self.reader = reader_for(caller)
        self._caller = caller
        self._starts = 0

    def feed(self, event: Event) -> None:
        self._starts += _is_start(self._caller, event.data)
        if self.reader.feed(event).kind is Kind.MALFORMED:
            raise (TwoStartsError if self._starts > 1 else UncleanError)(f"malformed event: {event.data[:200]}")

    def text(self, pending: bool) -> str:
        """The text, if the body ended well."""
        if self._starts > 1:
            raise TwoStartsError(f"{self._starts} starts")
        if self.reader.error:
            raise UncleanError("an error event, but the body ended as if all were well")
        if not self.reader.complete or pending:
            raise TruncatedError("no terminal event")
        return self.reader.text


def _is_start(caller: Format, data: str) -> bool:
    return '"message_start"' in data if caller is Format.ANTHROPIC else '"role":"assistant"' in data


@contextlib.asynccontextmanager
async def clients(url: str) -> AsyncIterator[list[Client]]:
    """All of them, as they come out of the box."""
    opened = [anthropic_sdk(url), raw(url, Format.ANTHROPIC), openai_sdk(url), raw(url, Format.OPENAI)]
    try:
        yield opened
    finally:
        for client in opened:
            await client.close()
