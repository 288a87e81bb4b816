"""Reading a stream of Anthropic's Messages API."""

from typing import Any, ClassVar

from balancer.wire import errors, usage
from balancer.wire.sse import Event
from balancer.wire.steps import Kind, Reader, Step, json_object, object_in

_EMPTY_BLOCKS = ("text", "thinking")  # tuples: a type may be an unhashable value
_TOOL_BLOCKS = ("tool_use", "server_tool_use", "mcp_tool_use")


class AnthropicReader(Reader):
    """Reads a stream of the Messages API. It is complete with `message_stop`.

    An event without a name is malformed: Anthropic's SDK skips such events, and its caller would see an empty answer.
    """

    def __init__(self) -> None:
        super().__init__()
        self._started = False

    def feed(self, event: Event) -> Step:
        """Read the next event."""
        data = json_object(event.data)
        if data is None or not event.name:
            return Step(Kind.MALFORMED, data)
        if data.get("type") == "error" or event.name == "error":
            return self.failed(data, errors.error_of(data) or {})
        read = self._STEPS.get(event.name)
        if read is None:
            return Step(Kind.PING if event.name == "ping" else Kind.OTHER, data)
        if self._started == (event.name == "message_start"):  # a second start, or anything before the first
            return Step(Kind.MALFORMED, data)
        return read(self, data)

    def _message_start(self, data: dict[str, Any]) -> Step:
        message = data.get("message")
        if not isinstance(message, dict):
            return Step(Kind.MALFORMED, data)
        self._started = True
        self.usage = usage.from_anthropic(message.get("usage"))
        return Step(Kind.START, data)

    def _block_start(self, data: dict[str, Any]) -> Step:
        block = object_in(data, "content_block")
        if block.get("type") not in _EMPTY_BLOCKS:
            self.has_tool_use = self.has_tool_use or block.get("type") in _TOOL_BLOCKS
            return self.content(data, "")
        text = block.get("text")
        return self.content(data, text) if isinstance(text, str) and text else Step(Kind.HOLD, data)

    def _block_delta(self, data: dict[str, Any]) -> Step:
        delta = data.get("delta")
        if not isinstance(delta, dict):
            return Step(Kind.MALFORMED, data)
        text = delta.get("text")
        return self.content(data, text if isinstance(text, str) else "")

    def _message_delta(self, data: dict[str, Any]) -> Step:
        self.usage = usage.from_anthropic(data.get("usage"), self.usage)
        reason = object_in(data, "delta").get("stop_reason")
        self.stop_reason = reason if isinstance(reason, str) else self.stop_reason
        return Step(Kind.OTHER, data)

    def _message_stop(self, data: dict[str, Any]) -> Step:
        self.complete = True
        return Step(Kind.END, data)

    def _block_stop(self, data: dict[str, Any]) -> Step:
        return Step(Kind.OTHER, data)

    _STEPS: ClassVar = {
        "message_start": _message_start,
        "content_block_start": _block_start,
        "content_block_delta": _block_delta,
        "content_block_stop": _block_stop,
        "message_delta": _message_delta,
        "message_stop": _message_stop,
    }
