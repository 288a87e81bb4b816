"""Answers of both vendors that tests use, and the installed SDKs on a transport that answers from memory."""

from collections.abc import Callable

import anthropic as anthropic_sdk
import httpx2
import openai as openai_sdk

from balancer.wire import anthropic, openai, sse
from balancer.wire.usage import Usage

USAGE = Usage(input_tokens=50, output_tokens=20, cached_tokens=30, cache_write_tokens=5)
WEATHER = {"city": "Zürich", "days": [1, 2], "deep": {"a": None}}
MESSAGES = {
    "text": anthropic.message("Hello there,\n  world — 你好 🌍 ", model="claude-x", usage=USAGE),
    "empty text": anthropic.message("", model="claude-x"),
    "stop sequence": anthropic.message("one two", model="claude-x", stop_sequence="three"),
    "length": anthropic.message("one two", model="claude-x", stop_reason="max_tokens"),
    "tools": anthropic.message(
        [
            anthropic.thinking("Let me look at the weather."),
            anthropic.text("I look."),
            anthropic.tool_use("weather", WEATHER, tool_id="toolu_1"),
            anthropic.tool_use("time", {}, tool_id="toolu_2"),
        ],
        model="claude-x",
        usage=USAGE,
    ),
}
COMPLETIONS = {
    "text": openai.chat_completion("Hello there,\n  world — 你好 🌍 ", model="gpt-x", usage=USAGE),
    "length": openai.chat_completion("one two", model="gpt-x", finish_reason="length"),
    "refusal": openai.chat_completion(None, model="gpt-x", refusal="I will not."),
    "tools": openai.chat_completion(
        None,
        model="gpt-x",
        tool_calls=[
            openai.tool_call("weather", WEATHER, call_id="call_1"),
            openai.tool_call("time", {}, call_id="call_2"),
        ],
        usage=USAGE,
    ),
    "text and tools": openai.chat_completion(
        "I look.", model="gpt-x", tool_calls=[openai.tool_call("weather", WEATHER, call_id="call_1")]
    ),
}


def event_stream(events: list[sse.Event]) -> httpx2.Response:
    """HTTP 200 with the events as its body."""
    return httpx2.Response(
        200, content=b"".join(map(sse.encode, events)), headers={"content-type": "text/event-stream"}
    )


def anthropic_client(answer: httpx2.Response | Callable[[httpx2.Request], httpx2.Response]) -> anthropic_sdk.Anthropic:
    """Anthropic's SDK; every request gets `answer`, and none is repeated."""
    return anthropic_sdk.Anthropic(
        api_key="sk-test-anthropic", base_url="http://provider.test", http_client=_memory(answer), max_retries=0
    )


def openai_client(answer: httpx2.Response | Callable[[httpx2.Request], httpx2.Response]) -> openai_sdk.OpenAI:
    """OpenAI's SDK; every request gets `answer`, and none is repeated."""
    return openai_sdk.OpenAI(
        api_key="sk-test-openai", base_url="http://provider.test/v1", http_client=_memory(answer), max_retries=0
    )


def _memory(answer: httpx2.Response | Callable[[httpx2.Request], httpx2.Response]) -> httpx2.Client:
    respond = answer if callable(answer) else lambda _request: answer
    return httpx2.Client(transport=httpx2.MockTransport(respond))
