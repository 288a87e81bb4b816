"""Reading a provider's stream: what each event means, whether the stream is complete, its text and its usage."""

from typing import Any, Protocol

from balancer.wire.anthropic_reading import AnthropicReader
from balancer.wire.formats import Format
from balancer.wire.openai_reading import OpenAIReader
from balancer.wire.sse import Event
from balancer.wire.steps import Kind, Step
from balancer.wire.usage import Usage

__all__ = ["AnthropicReader", "Kind", "OpenAIReader", "Step", "StreamReader", "reader_for"]


class StreamReader(Protocol):
    """Reads one stream, event by event."""

    complete: bool
    usage: Usage
    error: dict[str, Any] | None
    stop_reason: str | None
    has_tool_use: bool

    @property
    def text(self) -> str: ...

    def feed(self, event: Event) -> Step: ...


def reader_for(stream_format: Format) -> StreamReader:
    """A reader for one stream of that format."""
    return AnthropicReader() if stream_format is Format.ANTHROPIC else OpenAIReader()
