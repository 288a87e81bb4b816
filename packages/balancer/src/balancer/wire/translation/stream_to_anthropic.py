"""Chunks of a chat completion as the events of a message."""

from typing import Any

from balancer.wire import json_text
from balancer.wire.formats import Format
from balancer.wire.identifiers import identifier
from balancer.wire.openai_reading import OpenAIReader
from balancer.wire.sse import Event
from balancer.wire.steps import Kind, object_in
from balancer.wire.translation.answers import message_id
from balancer.wire.translation.failures import error_event
from balancer.wire.translation.parts import STOP_REASONS, Object, TranslationError, id_of, index_of, objects
from balancer.wire.usage import Usage

type _Key = tuple[int, str]
_TEXT: _Key = (-1, "")


class OpenAIToAnthropic:
    """Translates one stream's first choice: one block open at a time, the usage, which comes last, in the end."""

    def __init__(self) -> None:
        self._reader = OpenAIReader()
        self._started = False
        self._stopped = False
        self._refused = False
        self._open: _Key | None = None  # the open block: `_TEXT`, or index and id of a tool call
        self._blocks = 0
        self._calls: dict[int, _Key] = {}  # index of a tool call to the key of its latest block

    def feed(self, event: Event) -> list[Event]:
        """The events for the next chunk. TranslationError if it is malformed."""
        step = self._reader.feed(event)
        if step.kind is Kind.MALFORMED:
            raise TranslationError("chunk: malformed")
        if step.kind is Kind.ERROR:
            return [error_event(Format.OPENAI, Format.ANTHROPIC, step.data or {})]
        if step.kind is Kind.END:
            return self.end()
        return self._chunk(step.data or {})

    def end(self) -> list[Event]:
        """What is left to say when the body ends: usage and stop if the stream was complete, else nothing."""
        if self._stopped or not self._reader.complete:
            return []
        self._stopped = True
        reason = "refusal" if self._refused else STOP_REASONS.get(str(self._reader.stop_reason), "end_turn")
        delta = {"stop_reason": reason, "stop_sequence": None}
        return [
            *self._close(),
            _event("message_delta", delta=delta, usage=self._reader.usage.anthropic()),
            _event("message_stop"),
        ]

    def _chunk(self, data: Object) -> list[Event]:
        events = [] if self._started else [self._start(data)]
        for choice in objects(data.get("choices"), "choices"):
            if index_of(choice) == 0:
                events += self._delta(object_in(choice, "delta"))
        return events

    def _start(self, data: Object) -> Event:
        self._started = True
        message: Object = {
            "id": message_id(data.get("id")) or identifier("msg_"),
            "type": "message",
            "role": "assistant",
            "model": data.get("model") or "",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": Usage().anthropic(),
        }
        return _event("message_start", message=message)

    def _delta(self, delta: Object) -> list[Event]:
        self._refused = self._refused or bool(delta.get("refusal"))
        events = [event for name in ("content", "refusal") for event in self._text(delta.get(name))]
        for call in objects(delta.get("tool_calls"), "choices.0.delta.tool_calls"):
            events += self._call(call)
        return events

    def _text(self, text: Any) -> list[Event]:
        if not isinstance(text, str) or not text:
            return []
        opening = [] if self._open == _TEXT else self._begin(_TEXT, {"type": "text", "text": ""})
        return [*opening, self._block_delta({"type": "text_delta", "text": text})]

    def _call(self, call: Object) -> list[Event]:
        function = object_in(call, "function")
        key = self._key(call)
        events = [] if self._open == key else self._begin_call(key, call, function)
        arguments = function.get("arguments")
        if not isinstance(arguments, str) or not arguments:
            return events
        return [*events, self._block_delta({"type": "input_json_delta", "partial_json": arguments})]

    def _key(self, call: Object) -> _Key:
        """Index and id: some servers give every parallel call the index 0."""
        index = index_of(call)
        latest = self._calls.get(index)
        if latest is not None and id_of(call) in ("", latest[1]):
            return latest
        return index, id_of(call)

    def _begin_call(self, key: _Key, call: Object, function: Object) -> list[Event]:
        if key in self._calls.values():
            raise TranslationError("choices.0.delta.tool_calls: goes on after the next call began")
        self._calls[key[0]] = key
        block: Object = {
            "type": "tool_use",
            "id": id_of(call) or identifier("toolu_"),
            "name": function.get("name") or "",
            "input": {},
        }
        return self._begin(key, block)

    def _begin(self, key: _Key, block: Object) -> list[Event]:
        closing = self._close()
        self._open = key
        return [*closing, _event("content_block_start", index=self._blocks, content_block=block)]

    def _close(self) -> list[Event]:
        if self._open is None:
            return []
        self._open = None
        self._blocks += 1
        return [_event("content_block_stop", index=self._blocks - 1)]

    def _block_delta(self, delta: Object) -> Event:
        return _event("content_block_delta", index=self._blocks, delta=delta)


def _event(name: str, **fields: Any) -> Event:
    return Event(name, json_text.dumps({"type": name, **fields}))
