"""Translation between the vendors' formats: requests, answers, streams and errors.

`source` is the format of what is given, `target` the format of what comes back: a request goes from the caller's
format to the provider's, an answer, a stream and an error the other way. Between equal formats nothing changes but the
request's model.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from balancer.wire.formats import Format
from balancer.wire.sse import Event
from balancer.wire.translation import answers, request_to_anthropic, request_to_openai
from balancer.wire.translation.failures import error, error_event
from balancer.wire.translation.parts import TranslationError, Warnings
from balancer.wire.translation.stream_to_anthropic import OpenAIToAnthropic
from balancer.wire.translation.stream_to_openai import AnthropicToOpenAI

__all__ = ["StreamTranslator", "Translated", "TranslationError", "answer", "error", "error_event", "request"]


@dataclass(frozen=True, slots=True)
class Translated:
    """A request in the provider's format, and what it could not say there: short ASCII lines."""

    body: dict[str, Any]
    warnings: list[str]


def request(source: Format, target: Format, body: dict[str, Any], model: str) -> Translated:
    """The caller's request for a provider, asking for `model`. TranslationError names a part that has no meaning."""
    if source is target:
        return Translated({**body, "model": model}, [])
    warnings = Warnings()
    translate = request_to_openai.to_openai if target is Format.OPENAI else request_to_anthropic.to_anthropic
    return Translated(translate(body, model, warnings), warnings.lines)


def answer(source: Format, target: Format, body: dict[str, Any]) -> dict[str, Any]:
    """A provider's answer for the caller. TranslationError if it is none."""
    if source is target:
        return body
    return answers.to_openai(body) if target is Format.OPENAI else answers.to_anthropic(body)


class _Direction(Protocol):
    def feed(self, event: Event) -> list[Event]: ...

    def end(self) -> list[Event]: ...


class _Unchanged:
    def feed(self, event: Event) -> list[Event]:
        return [event]

    def end(self) -> list[Event]:
        return []


class StreamTranslator:
    """Translates one stream, event by event. `include_usage`: the caller of `OPENAI` asked for the usage chunk.

    An incomplete stream stays incomplete: the translator never writes an end that the provider did not write.
    """

    def __init__(self, source: Format, target: Format, *, include_usage: bool = False) -> None:
        self._direction = _direction(source, target, include_usage)

    def feed(self, event: Event) -> list[Event]:
        """The caller's events for the provider's next one. TranslationError if that is malformed."""
        return self._direction.feed(event)

    def end(self) -> list[Event]:
        """The caller's last events once the provider's body has ended."""
        return self._direction.end()


def _direction(source: Format, target: Format, include_usage: bool) -> _Direction:
    if source is target:
        return _Unchanged()
    return AnthropicToOpenAI(include_usage=include_usage) if target is Format.OPENAI else OpenAIToAnthropic()
