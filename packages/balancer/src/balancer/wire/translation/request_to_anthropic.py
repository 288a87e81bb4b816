"""A request for a chat completion as a request for a message."""

import itertools
from typing import Any

from balancer.wire.translation.anthropic_parts import part_blocks
from balancer.wire.translation.parts import (
    Object,
    Warnings,
    arguments_object,
    as_content,
    blocks,
    objects,
    text_of,
    without_none,
)

DEFAULT_MAX_TOKENS = 4096
_TRANSLATED = frozenset(
    {"model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "tools", "tool_choice"}
    | {"parallel_tool_calls", "response_format", "user", "stream", "stream_options", "functions", "function_call"}
)
_SYSTEM_ROLES = ("system", "developer")  # tuples: a role may be an unhashable value
_RESULT_ROLES = ("tool", "function")
_TOOL_CHOICES = {"auto": "auto", "required": "any", "none": "none"}


def to_anthropic(body: Object, model: str, warnings: Warnings) -> Object:
    """The request in Anthropic's format. What it cannot say is left out and noted."""
    warnings.dropped(*(name for name in body if name not in _TRANSLATED and body[name] is not None))
    messages = objects(body.get("messages"), "messages")
    return without_none(
        {
            "model": model,
            "max_tokens": _max_tokens(body, warnings),
            "system": _system(messages, warnings),
            "messages": _messages(messages, warnings),
            "temperature": _temperature(body.get("temperature"), warnings),
            "top_p": body.get("top_p"),
            "stop_sequences": _stop_sequences(body.get("stop"), warnings),
            **_tools(body, warnings),
            "output_config": _output_config(body.get("response_format"), warnings),
            "metadata": {"user_id": body["user"]} if body.get("user") else None,
            "stream": body.get("stream"),
        }
    )


def _max_tokens(body: Object, warnings: Warnings) -> Any:
    wanted = body.get("max_completion_tokens") or body.get("max_tokens")
    if wanted is None:
        warnings.add(f"max_tokens set to {DEFAULT_MAX_TOKENS}")
    return wanted or DEFAULT_MAX_TOKENS


def _system(messages: list[Object], warnings: Warnings) -> Any:
    roles = [message.get("role") in _SYSTEM_ROLES for message in messages]
    if roles != sorted(roles, reverse=True):
        warnings.add("later system messages moved to the front")
    texts = [
        {"type": "text", "text": text_of(part)}
        for index, message in enumerate(messages)
        if message.get("role") in _SYSTEM_ROLES
        for part in blocks(message.get("content"), f"messages.{index}.content")
        if text_of(part)
    ]
    return as_content(texts) if texts else None


def _messages(messages: list[Object], warnings: Warnings) -> list[Object]:
    """The turns. Tool results and the user's words after them are one turn, as Anthropic wants it."""
    turns: list[Object] = []
    spoken = [(index, one) for index, one in enumerate(messages) if one.get("role") not in _SYSTEM_ROLES]
    for role, group in itertools.groupby(spoken, key=lambda pair: _role(pair[1])):
        members = list(group)
        joins = role == "user" and any(one.get("role") in _RESULT_ROLES for _, one in members)
        contents = [_blocks(index, message, warnings) for index, message in members]
        turns += [{"role": role, "content": content} for content in _joined(contents, joins) if content]
    return [{**turn, "content": as_content(turn["content"])} for turn in turns]


def _joined(contents: list[list[Object]], joins: bool) -> list[list[Object]]:
    return [[block for content in contents for block in content]] if joins else contents


def _role(message: Object) -> str:
    return "assistant" if message.get("role") == "assistant" else "user"


def _blocks(index: int, message: Object, warnings: Warnings) -> list[Object]:
    where = f"messages.{index}.content"
    found = [block for part in blocks(message.get("content"), where) for block in part_blocks(part, warnings)]
    if message.get("role") in _RESULT_ROLES:
        tool_id = message.get("tool_call_id") or message.get("name") or ""
        return [{"type": "tool_result", "tool_use_id": tool_id, "content": as_content(found) if found else ""}]
    return found + _tool_uses(index, message)


def _tool_uses(index: int, message: Object) -> list[Object]:
    calls = objects(message.get("tool_calls"), f"messages.{index}.tool_calls")
    if isinstance(old := message.get("function_call"), dict):
        calls = [*calls, {"id": old.get("name"), "function": old}]
    return [_tool_use(call) for call in calls]


def _tool_use(call: Object) -> Object:
    called = call.get("function") or call.get("custom")
    function = called if isinstance(called, dict) else {}
    arguments = arguments_object(function.get("arguments") or function.get("input"))
    return {"type": "tool_use", "id": call.get("id") or "", "name": function.get("name") or "", "input": arguments}


def _temperature(value: Any, warnings: Warnings) -> Any:
    if not isinstance(value, int | float) or value <= 1:
        return value
    warnings.add("temperature cut to 1")
    return 1


def _stop_sequences(stop: Any, warnings: Warnings) -> list[str] | None:
    wanted = [stop] if isinstance(stop, str) else stop
    if not isinstance(wanted, list):
        return None
    kept = [one for one in wanted if isinstance(one, str) and one.strip()]
    if len(kept) < len(wanted):
        warnings.dropped("stop of white space alone")
    return kept or None


def _tools(body: Object, warnings: Warnings) -> Object:
    functions = [{"type": "function", "function": one} for one in objects(body.get("functions"), "functions")]
    declared = objects(body.get("tools"), "tools") + functions
    tools = [tool for one in declared for tool in _tool(one, warnings)]
    if not tools:
        return {}
    choice = _tool_choice(body.get("tool_choice") or body.get("function_call"), warnings)
    if body.get("parallel_tool_calls") is False and choice != {"type": "none"}:
        choice = {**(choice or {"type": "auto"}), "disable_parallel_tool_use": True}
    return {"tools": tools, **({"tool_choice": choice} if choice else {})}


def _tool(tool: Object, warnings: Warnings) -> list[Object]:
    function = tool.get("function")
    if not isinstance(function, dict):
        warnings.dropped(f"tool of type {tool.get('type')}")
        return []
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    named = {"name": function.get("name", ""), "description": function.get("description")}
    return [without_none({**named, "input_schema": schema, "strict": function.get("strict")})]


def _tool_choice(choice: Any, warnings: Warnings) -> Object | None:
    if isinstance(choice, str):
        return {"type": _TOOL_CHOICES.get(choice, "auto")}
    if not isinstance(choice, dict):
        return None
    function = choice.get("function", choice)
    name = function.get("name") if isinstance(function, dict) else None
    if name:
        return {"type": "tool", "name": name}
    warnings.dropped(f"tool_choice {choice.get('type')}")
    return {"type": "auto"}


def _output_config(response_format: Any, warnings: Warnings) -> Object | None:
    if not isinstance(response_format, dict) or response_format.get("type") in (None, "text"):
        return None
    schema = response_format.get("json_schema")
    if not isinstance(schema, dict):
        warnings.dropped(f"response_format {response_format.get('type')}")
        return None
    return {"format": {"type": "json_schema", "schema": schema.get("schema") or {}}}
