"""OpenAI's Responses API: whole responses and their event streams.

Shapes: https://platform.openai.com/docs/api-reference/responses, checked against the installed SDK's types.
"""

import time
from collections.abc import Iterator
from typing import Any

from balancer.wire import counting, json_text
from balancer.wire.identifiers import identifier
from balancer.wire.pieces import pieces
from balancer.wire.sse import Event
from balancer.wire.usage import Usage

type _Change = tuple[str, dict[str, Any]]


def response(
    content: str | None,
    *,
    model: str,
    response_id: str | None = None,
    function_calls: list[tuple[str, str]] | None = None,
    status: str = "completed",
    usage: Usage | None = None,
    input_tokens: int = 10,
    created_at: int | None = None,
) -> dict[str, Any]:
    """A whole response: one message if there is content, then a call for each `(name, JSON arguments)`."""
    output = [_message(content)] if content is not None else []
    output += [_function_call(name, arguments) for name, arguments in function_calls or []]
    counted = usage or Usage(input_tokens=input_tokens, output_tokens=counting.text_tokens(json_text.dumps(output)))
    return {
        "id": response_id or identifier("resp_"),
        "object": "response",
        "created_at": int(time.time()) if created_at is None else created_at,
        "status": status,
        "error": None,
        "incomplete_details": None if status != "incomplete" else {"reason": "max_output_tokens"},
        "instructions": None,
        "metadata": {},
        "model": model,
        "output": output,
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": _usage(counted),
    }


def _message(content: str) -> dict[str, Any]:
    part = _text_part(content)
    return {
        "id": identifier("msg_"),
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }


def _text_part(content: str) -> dict[str, Any]:
    return {"type": "output_text", "text": content, "annotations": [], "logprobs": []}


def _function_call(name: str, arguments: str) -> dict[str, Any]:
    return {
        "id": identifier("fc_"),
        "type": "function_call",
        "status": "completed",
        "call_id": identifier("call_"),
        "name": name,
        "arguments": arguments,
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": usage.cache_write_tokens},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }


def response_stream(answer: dict[str, Any], *, piece: int | None = None) -> list[Event]:
    """The events of a whole response, numbered; the last is `response.completed`, or what its status says."""
    opening = {**answer, "status": "in_progress", "output": [], "usage": None}
    changes: list[_Change] = [
        ("response.created", {"response": opening}),
        ("response.in_progress", {"response": opening}),
        *(change for index, item in enumerate(answer["output"]) for change in _item_changes(index, item, piece)),
        (f"response.{answer['status']}", {"response": answer}),
    ]
    return [
        Event(name, json_text.dumps({"type": name, "sequence_number": number, **fields}))
        for number, (name, fields) in enumerate(changes)
    ]


def _item_changes(index: int, item: dict[str, Any], piece: int | None) -> Iterator[_Change]:
    is_message = item["type"] == "message"
    empty: dict[str, Any] = {"content": []} if is_message else {"arguments": ""}
    opening = {**item, "status": "in_progress", **empty}
    yield "response.output_item.added", {"output_index": index, "item": opening}
    yield from _message_changes(index, item, piece) if is_message else _call_changes(index, item)
    yield "response.output_item.done", {"output_index": index, "item": item}


def _message_changes(index: int, item: dict[str, Any], piece: int | None) -> Iterator[_Change]:
    for part_index, part in enumerate(item["content"]):
        at = {"item_id": item["id"], "output_index": index, "content_index": part_index}
        yield "response.content_part.added", {**at, "part": _text_part("")}
        for one in pieces(part["text"], piece):
            yield "response.output_text.delta", {**at, "delta": one, "logprobs": []}
        yield "response.output_text.done", {**at, "text": part["text"], "logprobs": []}
        yield "response.content_part.done", {**at, "part": part}


def _call_changes(index: int, item: dict[str, Any]) -> Iterator[_Change]:
    at = {"item_id": item["id"], "output_index": index}
    for one in pieces(item["arguments"]):
        yield "response.function_call_arguments.delta", {**at, "delta": one}
    yield "response.function_call_arguments.done", {**at, "name": item["name"], "arguments": item["arguments"]}
