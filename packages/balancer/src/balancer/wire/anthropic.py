"""Anthropic's Messages API: messages, event streams, token counts, models, rate limit headers.

Shapes: https://docs.anthropic.com/en/api/messages and .../messages-streaming, checked against the installed SDK's types.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from balancer.wire import counting, json_text
from balancer.wire.errors import ANTHROPIC_TYPES, anthropic_error
from balancer.wire.identifiers import identifier
from balancer.wire.pieces import pieces
from balancer.wire.sse import Event
from balancer.wire.usage import Usage

__all__ = [
    "ERROR_TYPES",
    "count_tokens",
    "error_body",
    "error_event",
    "message",
    "models",
    "rate_limit_headers",
    "stream",
    "text",
    "thinking",
    "tool_use",
]

ERROR_TYPES = ANTHROPIC_TYPES
error_body = anthropic_error


def text(value: str) -> dict[str, Any]:
    """A text block."""
    return {"type": "text", "text": value}


def thinking(value: str, signature: str = "") -> dict[str, Any]:
    """A thinking block; the signature is what the API checks when the block is sent back."""
    return {"type": "thinking", "thinking": value, "signature": signature or identifier("sig_", value.encode())}


def tool_use(name: str, tool_input: dict[str, Any], *, tool_id: str | None = None) -> dict[str, Any]:
    """A call of the tool `name`."""
    return {"type": "tool_use", "id": tool_id or identifier("toolu_"), "name": name, "input": tool_input}


def message(
    content: str | list[dict[str, Any]],
    *,
    model: str,
    message_id: str | None = None,
    stop_reason: str | None = None,
    stop_sequence: str | None = None,
    usage: Usage | dict[str, Any] | None = None,
    input_tokens: int = 10,
) -> dict[str, Any]:
    """A whole answer. A text is one text block; the stop reason follows the blocks; usage is estimated from them."""
    blocks = [text(content)] if isinstance(content, str) else content
    return {
        "id": message_id or identifier("msg_"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": blocks,
        "stop_reason": stop_reason or _stop_reason(blocks, stop_sequence),
        "stop_sequence": stop_sequence,
        "usage": _usage(usage, blocks, input_tokens),
    }


def _stop_reason(blocks: list[dict[str, Any]], stop_sequence: str | None) -> str:
    if stop_sequence is not None:
        return "stop_sequence"
    return "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"


def _usage(usage: Usage | dict[str, Any] | None, blocks: list[dict[str, Any]], input_tokens: int) -> dict[str, Any]:
    if isinstance(usage, dict):
        return usage
    if usage is None:
        usage = Usage(input_tokens=input_tokens, output_tokens=counting.text_tokens(json_text.dumps(blocks)))
    return dict(usage.anthropic())


def stream(answer: dict[str, Any], *, piece: int | None = None) -> list[Event]:
    """The events of a whole answer: start, ping, each block in pieces, cumulative usage, stop.

    `piece` is the size of a text delta in characters, by default a word.
    """
    return [
        _event("message_start", message=_opening(answer)),
        _event("ping"),
        *(event for index, block in enumerate(answer["content"]) for event in _block_events(index, block, piece)),
        _event(
            "message_delta",
            delta={"stop_reason": answer["stop_reason"], "stop_sequence": answer.get("stop_sequence")},
            usage=answer["usage"],
        ),
        _event("message_stop"),
    ]


def _event(name: str, **fields: Any) -> Event:
    return Event(name, json_text.dumps({"type": name, **fields}))


def _opening(answer: dict[str, Any]) -> dict[str, Any]:
    usage = {**answer["usage"], "output_tokens": 1}
    return {**answer, "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}


def _block_events(index: int, block: dict[str, Any], piece: int | None) -> Iterator[Event]:
    opening, deltas = _block_parts(block, piece)
    yield _event("content_block_start", index=index, content_block=opening)
    for delta in deltas:
        yield _event("content_block_delta", index=index, delta=delta)
    yield _event("content_block_stop", index=index)


def _block_parts(block: dict[str, Any], piece: int | None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What `content_block_start` shows of a block, and the deltas that fill it; other blocks come whole."""
    if block["type"] == "text":
        return {**block, "text": ""}, [{"type": "text_delta", "text": one} for one in pieces(block["text"], piece)]
    if block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": one} for one in pieces(block["thinking"], piece)]
        signature = {"type": "signature_delta", "signature": block["signature"]}
        return {**block, "thinking": "", "signature": ""}, [*deltas, signature]
    if block["type"] == "tool_use":
        arguments = json_text.dumps(block["input"])
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": one} for one in pieces(arguments)]
    return block, []


def error_event(status: int, message: str, *, kind: str | None = None) -> Event:
    """The event that ends a broken stream."""
    return Event("error", json_text.dumps(anthropic_error(status, message, kind=kind)))


def count_tokens(body: dict[str, Any]) -> dict[str, int]:
    """The answer of `/v1/messages/count_tokens`, an estimate."""
    return {"input_tokens": counting.count_tokens(body)}


def models(names: list[str], *, created_at: str = "2025-01-01T00:00:00Z") -> dict[str, Any]:
    """The answer of `/v1/models` on one page."""
    data = [
        {"type": "model", "id": name, "display_name": name, "created_at": created_at, "lifecycle": "active"}
        for name in names
    ]
    return {
        "data": data,
        "has_more": False,
        "first_id": names[0] if names else None,
        "last_id": names[-1] if names else None,
    }


def rate_limit_headers(
    *, limit: int, remaining: int, reset_seconds: float, kind: str = "requests", now: datetime | None = None
) -> dict[str, str]:
    """`anthropic-ratelimit-{kind}-limit`, `-remaining` and `-reset`, the last as an RFC 3339 time.

    `kind` is requests, tokens, input-tokens or output-tokens.
    """
    at = datetime.fromtimestamp((now or datetime.now(UTC)).timestamp() + reset_seconds, UTC)
    values = {"limit": str(limit), "remaining": str(remaining), "reset": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return {f"anthropic-ratelimit-{kind}-{name}": value for name, value in values.items()}
