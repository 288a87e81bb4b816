# ruff: noqa: ARG001
"""A provider's answer and errors in the caller's format."""

from typing import Any

from balancer.proxy.classification import Failure
from balancer.proxy.config import ProviderSettings, Target
from balancer.proxy.relay import Translator
from balancer.proxy.request import CallerRequest
from balancer.wire import anthropic, json_text, openai
from balancer.wire.formats import Format
from balancer.wire.sse import Event, encode


def upstream_body(request: CallerRequest, target: Target, provider: ProviderSettings) -> tuple[bytes, list[str]]:
    """The body for the provider, and what of the request its format cannot say."""
    return request.upstream_body(target), []


def answer(request: CallerRequest, provider: ProviderSettings, body: dict[str, Any]) -> bytes:
    """A whole answer in the caller's format."""
    return json_text.encode(body)


def stream_translator(request: CallerRequest, provider: ProviderSettings) -> Translator | None:
    return None


def as_stream(request: CallerRequest, provider: ProviderSettings, body: dict[str, Any]) -> bytes:
    """A whole answer as the stream that the caller asked for: some providers ignore `stream`."""
    own = request.surface.format
    return b"".join(map(encode, events_of(own, body, include_usage=request.wants_usage)))


def events_of(answer_format: Format, body: dict[str, Any], *, include_usage: bool) -> list[Event]:
    """The stream of a whole answer."""
    if answer_format is Format.ANTHROPIC:
        return anthropic.stream(body)
    return openai.stream(body, include_usage=include_usage)


def error(own: Format, failure: Failure) -> tuple[int, bytes]:
    """A provider's error for a caller: its own bytes."""
    return failure.status, failure.raw
