"""A whole answer from the events of its stream: the reverse of `anthropic.stream` and `openai.stream`."""

from collections.abc import Iterable
from typing import Any

from balancer.wire import json_text
from balancer.wire.formats import Format
from balancer.wire.sse import Event
from balancer.wire.steps import json_object, object_in

type _Object = dict[str, Any]
_TEXTS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


def assemble(stream_format: Format, events: Iterable[Event]) -> _Object:
    """The message or chat completion that the stream spells. ValueError if it has no beginning."""
    objects = [data for event in events if (data := json_object(event.data)) is not None]
    return _message(objects) if stream_format is Format.ANTHROPIC else _completion(objects)


def _message(objects: list[_Object]) -> _Object:
    start = next((one for one in objects if one.get("type") == "message_start"), None)
    if start is None:
        raise ValueError("The stream has no message_start.")
    message, blocks = dict(start["message"]), _blocks(objects)
    for data in (one for one in objects if one.get("type") == "message_delta"):
        message |= object_in(data, "delta")
        message["usage"] = object_in(message, "usage") | object_in(data, "usage")
    return message | {"content": blocks}


def _blocks(objects: list[_Object]) -> list[_Object]:
    blocks: dict[int, _Object] = {}
    arguments: dict[int, str] = {}
    for data in objects:
        index = data.get("index", 0)
        if data.get("type") == "content_block_start":
            blocks[index] = dict(data["content_block"])
        elif data.get("type") == "content_block_delta":
            _add_delta(blocks[index], arguments, index, object_in(data, "delta"))
    for index, text in arguments.items():
        blocks[index]["input"] = json_text.loads(text or "{}")
    return [blocks[index] for index in sorted(blocks)]


def _add_delta(block: _Object, arguments: dict[int, str], index: int, delta: _Object) -> None:
    kind = delta.get("type")
    if kind == "input_json_delta":
        arguments[index] = arguments.get(index, "") + delta.get("partial_json", "")
    elif kind == "citations_delta":
        block["citations"] = [*(block.get("citations") or []), delta.get("citation")]
    elif kind in _TEXTS:
        name = _TEXTS[kind]
        block[name] = block.get(name, "") + delta.get(name, "")


def _completion(objects: list[_Object]) -> _Object:
    if not objects:
        raise ValueError("The stream has no chunk.")
    completion = {name: value for name, value in objects[0].items() if name not in ("choices", "usage", "obfuscation")}
    choices: dict[int, _Object] = {}
    usage = None
    for data in objects:
        usage = data.get("usage") or usage
        for choice in data.get("choices", ()):
            index = choice.get("index", 0)
            known = choices.setdefault(
                index, {"index": index, "message": {"role": "assistant", "content": None, "refusal": None}}
            )
            _add_choice(known, choice)
    whole = completion | {"object": "chat.completion", "choices": [choices[index] for index in sorted(choices)]}
    return whole | ({"usage": usage} if usage else {})


def _add_choice(known: _Object, choice: _Object) -> None:
    known["finish_reason"] = choice.get("finish_reason") or known.get("finish_reason")
    known["logprobs"] = choice.get("logprobs") or known.get("logprobs")
    message = known["message"]
    for name, value in object_in(choice, "delta").items():
        if name == "tool_calls":
            _add_calls(message.setdefault("tool_calls", []), value or [])
        elif isinstance(value, str) and name != "role":
            message[name] = (message.get(name) or "") + value


def _add_calls(calls: list[_Object], deltas: list[_Object]) -> None:
    for delta in deltas:
        index = delta.get("index", 0)
        while len(calls) <= index:
            calls.append({"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
        call, function = calls[index], object_in(delta, "function")
        call["id"] = delta.get("id") or call["id"]
        call["function"]["name"] = function.get("name") or call["function"]["name"]
        call["function"]["arguments"] += function.get("arguments") or ""
