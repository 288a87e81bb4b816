"""Where a provider speaks another format than the caller: its body, its answer, its stream and its errors."""

from typing import Any

from balancer.proxy.classification import AttemptFailedError, Failure, Kind, of_fault
from balancer.proxy.config import ProviderSettings, Target
from balancer.proxy.relay import Translator
from balancer.proxy.request import CallerRequest
from balancer.proxy.splice import ODD_VALUES
from balancer.wire import anthropic, json_text, openai, translation
from balancer.wire.errors import error_body
from balancer.wire.formats import Format
from balancer.wire.sse import encode

UNTRANSLATABLE = "request_not_translatable"


def upstream_body(request: CallerRequest, target: Target, provider: ProviderSettings) -> tuple[bytes, list[str]]:
    """The body for the provider, and what of the request its format cannot say."""
    if provider.type is request.surface.format:
        return request.upstream_body(target), []
    model, values = target.model_for(request.model), request.translated_values()
    try:
        found = translation.request(request.surface.format, provider.type, values, model)
    except translation.TranslationError as error:
        raise AttemptFailedError(_untranslatable(request, str(error))) from None
    return json_text.encode(found.body), found.warnings


def _untranslatable(request: CallerRequest, message: str) -> Failure:
    """The request has no words in the provider's format: the caller's fault, unless another provider takes it."""
    own = request.surface.format
    body = error_body(own, 400, f"{message}. The provider's format cannot say this.")
    raw = json_text.encode(body)
    return Failure(Kind.CALLER, UNTRANSLATABLE, 400, counts=False, body=body, raw=raw, format=own)


def answer(request: CallerRequest, provider: ProviderSettings, body: dict[str, Any]) -> bytes:
    """A whole answer in the caller's format."""
    return json_text.encode(_translated(request, provider, body))


def _translated(request: CallerRequest, provider: ProviderSettings, body: dict[str, Any]) -> dict[str, Any]:
    try:
        return translation.answer(provider.type, request.surface.format, body)
    except (translation.TranslationError, *ODD_VALUES):
        raise AttemptFailedError(of_fault("answer_of_another_shape", request.config.settings)) from None


def stream_translator(request: CallerRequest, provider: ProviderSettings) -> Translator | None:
    """What turns the provider's stream into the caller's; None where they are the same."""
    if provider.type is request.surface.format:
        return None
    return translation.StreamTranslator(provider.type, request.surface.format, include_usage=request.wants_usage)


def as_stream(request: CallerRequest, provider: ProviderSettings, body: dict[str, Any]) -> bytes:
    """A whole answer as the stream that the caller asked for: some providers ignore `stream`."""
    translated = _translated(request, provider, body)
    try:
        return stream_of(request, translated)
    except ODD_VALUES:
        raise AttemptFailedError(of_fault("answer_of_another_shape", request.config.settings)) from None


def stream_of(request: CallerRequest, body: dict[str, Any]) -> bytes:
    """The stream of a whole answer in the caller's format."""
    if request.surface.format is Format.ANTHROPIC:
        events = anthropic.stream(body)
    else:
        events = openai.stream(body, include_usage=request.wants_usage)
    return b"".join(map(encode, events))


def error(own: Format, failure: Failure) -> tuple[int, bytes]:
    """A provider's error for a caller: its own bytes, or its sense in the caller's format."""
    if failure.format is own or failure.format is None:
        return failure.status, failure.raw
    status, body = translation.error(failure.format, own, failure.status, failure.body)
    return status, json_text.encode(body)
