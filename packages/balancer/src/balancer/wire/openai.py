"""OpenAI's chat completions: completions, chunk streams, embeddings, models, rate limit headers.

Shapes: https://platform.openai.com/docs/api-reference, checked against the installed SDK's types.
"""

import time
from collections.abc import Iterator
from typing import Any

from balancer.wire import counting, json_text
from balancer.wire.embeddings import embeddings
from balancer.wire.errors import OPENAI_TYPES, openai_error
from balancer.wire.identifiers import identifier
from balancer.wire.pieces import pieces
from balancer.wire.responses import response, response_stream
from balancer.wire.sse import Event
from balancer.wire.usage import Usage

__all__ = [
    "DONE",
    "ERROR_TYPES",
    "chat_completion",
    "count_tokens",
    "embeddings",
    "error_body",
    "error_event",
    "models",
    "rate_limit_headers",
    "response",
    "response_stream",
    "stream",
    "tool_call",
]

ERROR_TYPES = OPENAI_TYPES
error_body = openai_error
count_tokens = counting.count_tokens
DONE = Event("", "[DONE]")
_STREAMED_KEYS = ("id", "created", "model", "system_fingerprint", "service_tier")


def tool_call(name: str, arguments: dict[str, Any] | str, *, call_id: str | None = None) -> dict[str, Any]:
    """A call of the function `name`; the arguments travel as JSON text."""
    written = arguments if isinstance(arguments, str) else json_text.dumps(arguments)
    return {
        "id": call_id or identifier("call_"),
        "type": "function",
        "function": {"name": name, "arguments": written},
    }


def chat_completion(
    content: str | None,
    *,
    model: str,
    completion_id: str | None = None,
    tool_calls: list[dict[str, Any]] | None = None,
    refusal: str | None = None,
    finish_reason: str | None = None,
    usage: Usage | dict[str, Any] | None = None,
    prompt_tokens: int = 10,
    created: int | None = None,
) -> dict[str, Any]:
    """A whole answer with one choice. The finish reason follows from the tool calls; usage is estimated."""
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": refusal}
    if tool_calls:
        message["tool_calls"] = tool_calls
    reason = finish_reason or ("tool_calls" if tool_calls else "stop")
    return {
        "id": completion_id or identifier("chatcmpl-"),
        "object": "chat.completion",
        "created": int(time.time()) if created is None else created,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": _usage(usage, message, prompt_tokens),
    }


def _usage(usage: Usage | dict[str, Any] | None, message: dict[str, Any], prompt_tokens: int) -> dict[str, Any]:
    if isinstance(usage, dict):
        return usage
    if usage is None:
        written = json_text.dumps([message["content"], message.get("tool_calls")])
        usage = Usage(input_tokens=prompt_tokens, output_tokens=counting.text_tokens(written))
    return usage.openai()


def stream(answer: dict[str, Any], *, include_usage: bool = False, piece: int | None = None) -> list[Event]:
    """The chunks of a whole answer: role, content, tool calls, finish reason, usage if asked for, `[DONE]`.

    `piece` is the size of a content delta in characters, by default a word. With `include_usage` each other chunk has
    `"usage": null`, as OpenAI sends it.
    """
    shared = {key: answer[key] for key in _STREAMED_KEYS if key in answer}
    shared = {**shared, "object": "chat.completion.chunk"}
    no_usage = {"usage": None} if include_usage else {}
    chunks = [
        {**shared, "choices": [change], **no_usage}
        for choice in answer["choices"]
        for change in _choice_changes(choice, piece)
    ]
    if include_usage:
        chunks.append({**shared, "choices": [], "usage": answer["usage"]})
    return [*(Event("", json_text.dumps(chunk)) for chunk in chunks), DONE]


def _choice_changes(choice: dict[str, Any], piece: int | None) -> Iterator[dict[str, Any]]:
    for delta in _deltas(choice["message"], piece):
        yield {"index": choice["index"], "delta": delta, "logprobs": None, "finish_reason": None}
    yield {"index": choice["index"], "delta": {}, "logprobs": None, "finish_reason": choice["finish_reason"]}


def _deltas(message: dict[str, Any], piece: int | None) -> Iterator[dict[str, Any]]:
    content, refusal = message.get("content"), message.get("refusal")
    yield {"role": "assistant", "content": None if content is None else "", "refusal": None}
    yield from ({"content": one} for one in pieces(content or "", piece))
    yield from ({"refusal": one} for one in pieces(refusal or "", piece))
    for index, call in enumerate(message.get("tool_calls") or []):
        function = call["function"]
        yield {"tool_calls": [{"index": index, **call, "function": {"name": function["name"], "arguments": ""}}]}
        for one in pieces(function["arguments"]):
            yield {"tool_calls": [{"index": index, "function": {"arguments": one}}]}


def error_event(status: int, message: str, *, kind: str | None = None, code: str | None = None) -> Event:
    """The event that ends a broken stream."""
    return Event("", json_text.dumps(openai_error(status, message, kind=kind, code=code)))


def models(names: list[str], *, created: int = 1735689600, owned_by: str = "organization") -> dict[str, Any]:
    """The answer of `/v1/models`."""
    data = [{"id": name, "object": "model", "created": created, "owned_by": owned_by} for name in names]
    return {"object": "list", "data": data}


def rate_limit_headers(*, limit: int, remaining: int, reset_seconds: float, kind: str = "requests") -> dict[str, str]:
    """`x-ratelimit-limit-{kind}`, `-remaining-` and `-reset-`, the last as a duration; `kind` is requests or tokens."""
    values = {"limit": str(limit), "remaining": str(remaining), "reset": duration(reset_seconds)}
    return {f"x-ratelimit-{name}-{kind}": value for name, value in values.items()}


def duration(seconds: float) -> str:
    """Seconds as OpenAI's headers write them: "6ms", "1s", "6m0s"."""
    milliseconds = round(seconds * 1000)
    if 0 < milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
