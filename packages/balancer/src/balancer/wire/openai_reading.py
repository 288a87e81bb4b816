"""Reading a stream of OpenAI's chat completions."""

from typing import Any

from balancer.wire import errors, usage
from balancer.wire.sse import Event
from balancer.wire.steps import Kind, Reader, Step, json_object, object_in


class OpenAIReader(Reader):
    """Reads a stream of chat completions. It is complete when each choice has a finish reason.

    `[DONE]` alone does not make it so: a gateway that lost its upstream writes one too.
    """

    def __init__(self) -> None:
        super().__init__()
        self._started = False
        self._open: set[int] = set()

    def feed(self, event: Event) -> Step:
        """Read the next event."""
        if event.data == "[DONE]":
            return Step(Kind.END)
        data = json_object(event.data)
        if data is None:
            return Step(Kind.MALFORMED)
        if data.get("error"):
            return self.failed(data, errors.error_of(data) or {})
        choices = data.get("choices")
        if not isinstance(choices, list):
            return Step(Kind.MALFORMED, data)
        return self._chunk(data, choices)

    def _chunk(self, data: dict[str, Any], choices: list[Any]) -> Step:
        if data.get("usage"):
            self.usage = usage.from_openai(data["usage"])
        text, has_content = "", False
        for choice in choices:
            if not isinstance(choice, dict):
                continue
            delta = object_in(choice, "delta")
            if self._has_content(delta):
                has_content = True
                text += _text(delta) if _index(choice) == 0 else ""
            self._finish(choice)
        if has_content:
            self._started = True
            return self.content(data, text)
        return Step(self._empty_kind(choices), data)

    def _has_content(self, delta: dict[str, Any]) -> bool:
        """Anything but a role. The tests come in the order of what is frequent."""
        if "tool_calls" in delta or "function_call" in delta:
            self.has_tool_use = self.has_tool_use or bool(delta.get("tool_calls") or delta.get("function_call"))
        return bool(delta.get("content")) or any(value for name, value in delta.items() if name != "role")

    def _finish(self, choice: dict[str, Any]) -> None:
        reason, index = choice.get("finish_reason"), _index(choice)
        if not reason:
            if index in self._open:
                return
            self._open.add(index)
            self.complete = False
            return
        self._open.discard(index)
        self.stop_reason = self.stop_reason or reason
        self.complete = not self._open

    def _empty_kind(self, choices: list[Any]) -> Kind:
        objects = [one for one in choices if isinstance(one, dict)]
        if not objects or any(one.get("finish_reason") for one in objects):
            return Kind.OTHER
        kind = Kind.HOLD if self._started else Kind.START
        self._started = True
        return kind


def _text(delta: dict[str, Any]) -> str:
    content = delta.get("content")
    return content if isinstance(content, str) else ""


def _index(choice: dict[str, Any]) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else 0
