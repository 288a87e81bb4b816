"""A request for a message as a request for a chat completion."""

from typing import Any

from balancer.wire import json_text
from balancer.wire.translation.openai_parts import block_parts, note_dropped
from balancer.wire.translation.parts import (
    Object,
    Warnings,
    as_content,
    blocks,
    objects,
    text_of,
    without_none,
)

_MAX_STOPS = 4
_TRANSLATED = frozenset(
    {"model", "system", "messages", "tools", "tool_choice", "max_tokens", "stop_sequences", "temperature", "top_p"}
    | {"stream", "metadata", "output_config", "cache_control"}
)
_TOOL_CHOICES = {"auto": "auto", "any": "required", "none": "none"}


def to_openai(body: Object, model: str, warnings: Warnings) -> Object:
    """The request in OpenAI's format. What it cannot say is left out and noted."""
    warnings.dropped(*(name for name in body if name not in _TRANSLATED))
    stream = bool(body.get("stream"))
    return without_none(
        {
            "model": model,
            "messages": _system(body.get("system")) + _messages(body, warnings),
            "max_completion_tokens": body.get("max_tokens"),
            "temperature": body.get("temperature"),
            "top_p": body.get("top_p"),
            "stop": _stop(body.get("stop_sequences"), warnings),
            **_tools(body, warnings),
            "response_format": _response_format(body.get("output_config"), warnings),
            "user": _user(body.get("metadata")),
            "stream": body.get("stream"),
            "stream_options": {"include_usage": True} if stream else None,
        }
    )


def _system(system: Any) -> list[Object]:
    parts = [{"type": "text", "text": text_of(block)} for block in blocks(system, "system")]
    return [{"role": "system", "content": as_content(parts)}] if parts else []


def _messages(body: Object, warnings: Warnings) -> list[Object]:
    return [
        translated
        for index, message in enumerate(objects(body.get("messages"), "messages"))
        for translated in _message(message, f"messages.{index}.content", warnings)
    ]


def _message(message: Object, where: str, warnings: Warnings) -> list[Object]:
    content = blocks(message.get("content"), where)
    if message.get("role") == "assistant":
        return _assistant(content, warnings)
    return _user_messages(str(message.get("role")), content, where, warnings)


def _assistant(content: list[Object], warnings: Warnings) -> list[Object]:
    texts: list[Object] = []
    calls: list[Object] = []
    for block in content:
        if block.get("type") == "text":
            texts.append({"type": "text", "text": text_of(block)})
        elif block.get("type") == "tool_use":
            calls.append(_tool_call(block))
        else:
            note_dropped(block, warnings)
    if not texts and not calls:
        return []
    return [
        {
            "role": "assistant",
            "content": as_content(texts) if texts else None,
            **({"tool_calls": calls} if calls else {}),
        }
    ]


def _tool_call(block: Object) -> Object:
    function = {"name": block.get("name", ""), "arguments": json_text.dumps(block.get("input") or {})}
    return {"id": block.get("id", ""), "type": "function", "function": function}


def _user_messages(role: str, content: list[Object], where: str, warnings: Warnings) -> list[Object]:
    """Tool results first, each as a message of its own: OpenAI wants them right after the calls."""
    results: list[Object] = []
    parts: list[Object] = []
    for block in content:
        if block.get("type") == "tool_result":
            result, images = _tool_result(block, where, warnings)
            results.append(result)
            parts.extend(images)
        else:
            parts.extend(block_parts(block, warnings))
    return results + ([{"role": role, "content": as_content(parts)}] if parts else [])


def _tool_result(block: Object, where: str, warnings: Warnings) -> tuple[Object, list[Object]]:
    """The tool's message, and its images, which OpenAI takes in a user's message only."""
    parts = [part for one in blocks(block.get("content"), where) for part in block_parts(one, warnings)]
    texts = [part for part in parts if part["type"] == "text"]
    images = [part for part in parts if part["type"] != "text"]
    if images:
        warnings.add("images of tool results moved to the user's message")
    if block.get("is_error"):
        warnings.dropped("tool_result is_error")
    content = as_content(texts) if texts else ""
    return {"role": "tool", "tool_call_id": block.get("tool_use_id", ""), "content": content}, images


def _tools(body: Object, warnings: Warnings) -> Object:
    tools = [tool for one in objects(body.get("tools"), "tools") for tool in _tool(one, warnings)]
    if not tools:
        return {}
    choice = body.get("tool_choice")
    if not isinstance(choice, dict):
        return {"tools": tools}
    parallel = {"parallel_tool_calls": False} if choice.get("disable_parallel_tool_use") else {}
    return {"tools": tools, "tool_choice": _tool_choice(choice), **parallel}


def _tool(tool: Object, warnings: Warnings) -> list[Object]:
    if tool.get("type", "custom") not in ("custom", None):
        warnings.dropped(f"tool {tool.get('name') or tool['type']}")
        return []
    function = {"name": tool.get("name", ""), "description": tool.get("description"), "strict": tool.get("strict")}
    return [{"type": "function", "function": {**without_none(function), "parameters": tool.get("input_schema") or {}}}]


def _tool_choice(choice: Object) -> Any:
    if choice.get("type") == "tool":
        return {"type": "function", "function": {"name": choice.get("name", "")}}
    return _TOOL_CHOICES.get(str(choice.get("type")), "auto")


def _stop(sequences: Any, warnings: Warnings) -> Any:
    if not isinstance(sequences, list) or not sequences:
        return None
    if len(sequences) > _MAX_STOPS:
        warnings.add(f"stop_sequences cut to {_MAX_STOPS}")
    return sequences[:_MAX_STOPS]


def _response_format(config: Any, warnings: Warnings) -> Object | None:
    if not isinstance(config, dict):
        return None
    warnings.dropped(*(f"output_config.{name}" for name in config if name != "format"))
    wanted = config.get("format")
    if not isinstance(wanted, dict):
        return None
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": wanted.get("schema"), "strict": True}}


def _user(metadata: Any) -> Any:
    return metadata.get("user_id") if isinstance(metadata, dict) else None
