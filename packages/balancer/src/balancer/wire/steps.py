"""What an event of a provider's stream means to a relay, and what every reader keeps of a stream."""

from enum import StrEnum
from typing import Any, NamedTuple

from balancer.wire import json_text
from balancer.wire.usage import Usage


class Kind(StrEnum):
    """What an event is to a relay."""

    START = "start"  # opens the answer, says nothing yet
    HOLD = "hold"  # opens a part of it, says nothing yet
    CONTENT = "content"  # the first text, thinking or tool call, and all that follow
    PING = "ping"
    OTHER = "other"  # ends a part, carries usage or the stop reason, or is of a kind not known here
    END = "end"  # the terminal event
    ERROR = "error"  # the provider says that it failed
    MALFORMED = "malformed"  # no reader could use it


class Step(NamedTuple):
    """One event, read. `data` is its JSON object, `text` what it adds to the text, `error` the vendor's error object."""

    kind: Kind
    data: dict[str, Any] | None = None
    text: str = ""
    error: dict[str, Any] | None = None


class Reader:
    """What the readers of both formats keep."""

    def __init__(self) -> None:
        self.complete = False
        self.usage = Usage()
        self.error: dict[str, Any] | None = None
        self.stop_reason: str | None = None
        self.has_tool_use = False
        self._texts: list[str] = []

    @property
    def text(self) -> str:
        """The answer's text so far, without thinking and tool calls."""
        return "".join(self._texts)

    def content(self, data: dict[str, Any], text: str) -> Step:
        if text:
            self._texts.append(text)
        return Step(Kind.CONTENT, data, text)

    def failed(self, data: dict[str, Any], error: dict[str, Any]) -> Step:
        self.error = error
        return Step(Kind.ERROR, data, error=error)


def json_object(text: str) -> dict[str, Any] | None:
    try:
        value = json_text.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def object_in(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}
