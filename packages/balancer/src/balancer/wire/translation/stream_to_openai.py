"""The events of a message as chunks of a chat completion."""

import time

from balancer.wire import json_text
from balancer.wire.anthropic_reading import AnthropicReader
from balancer.wire.formats import Format
from balancer.wire.openai import DONE
from balancer.wire.sse import Event
from balancer.wire.steps import Kind, object_in
from balancer.wire.translation.answers import completion_id
from balancer.wire.translation.failures import error_event
from balancer.wire.translation.parts import FINISH_REASONS, Object, TranslationError, id_of, index_of, text_of


class AnthropicToOpenAI:
    """Translates one stream. Thinking is left out; usage comes at the end if the caller asked for it."""

    def __init__(self, *, include_usage: bool = False) -> None:
        self._reader = AnthropicReader()
        self._include_usage = include_usage
        self._shared: Object = {}
        self._calls: dict[int, int] = {}  # the index of a content block to that of its tool call
        self._without_arguments: set[int] = set()

    def feed(self, event: Event) -> list[Event]:
        """The chunks for the next event. TranslationError if it is malformed."""
        step = self._reader.feed(event)
        if step.kind is Kind.MALFORMED:
            raise TranslationError(f"{event.name or 'an event without a name'}: malformed")
        if step.kind is Kind.ERROR:
            return [error_event(Format.ANTHROPIC, Format.OPENAI, step.data or {})]
        translate = _STEPS.get(event.name)
        return translate(self, step.data or {}) if translate else []

    def end(self) -> list[Event]:
        """What is left to say when the body ends: nothing, `message_stop` was the end."""
        return []

    def start(self, data: Object) -> list[Event]:
        message = data["message"]
        self._shared = {
            "id": completion_id(message.get("id")) or "chatcmpl-",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": message.get("model", ""),
        }
        return [self._chunk({"role": "assistant", "content": ""})]

    def block_start(self, data: Object) -> list[Event]:
        block = object_in(data, "content_block")
        if block.get("type") == "tool_use":
            return self._call_start(index_of(data), block)
        text = text_of(block)
        return [self._chunk({"content": text})] if block.get("type") == "text" and text else []

    def _call_start(self, index: int, block: Object) -> list[Event]:
        call = self._calls[index] = len(self._calls)
        arguments = json_text.dumps(block["input"]) if block.get("input") else ""
        if not arguments:
            self._without_arguments.add(index)
        function = {"name": block.get("name", ""), "arguments": arguments}
        return [self._call_chunk({"index": call, "id": id_of(block), "type": "function", "function": function})]

    def block_delta(self, data: Object) -> list[Event]:
        delta, index = data["delta"], index_of(data)
        if delta.get("type") == "text_delta":
            return [self._chunk({"content": text_of(delta)})]
        arguments = delta.get("partial_json")
        if not isinstance(arguments, str) or not arguments or index not in self._calls:
            return []
        self._without_arguments.discard(index)
        return [self._call_chunk({"index": self._calls[index], "function": {"arguments": arguments}})]

    def block_stop(self, data: Object) -> list[Event]:
        """A tool without input has no deltas; its arguments in OpenAI's format are `{}`, not an empty text."""
        index = index_of(data)
        if index not in self._without_arguments:
            return []
        return [self._call_chunk({"index": self._calls[index], "function": {"arguments": "{}"}})]

    def stop(self, _data: Object) -> list[Event]:
        finish = self._chunk({}, FINISH_REASONS.get(str(self._reader.stop_reason), "stop"))
        counted: Object = {**self._shared, "choices": [], "usage": self._reader.usage.openai()}
        return [finish, *([Event("", json_text.dumps(counted))] if self._include_usage else []), DONE]

    def _call_chunk(self, call: Object) -> Event:
        return self._chunk({"tool_calls": [call]})

    def _chunk(self, delta: Object, finish_reason: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        no_usage = {"usage": None} if self._include_usage else {}
        return Event("", json_text.dumps({**self._shared, "choices": [choice], **no_usage}))


_STEPS = {
    "message_start": AnthropicToOpenAI.start,
    "content_block_start": AnthropicToOpenAI.block_start,
    "content_block_delta": AnthropicToOpenAI.block_delta,
    "content_block_stop": AnthropicToOpenAI.block_stop,
    "message_stop": AnthropicToOpenAI.stop,
}
