"""Errors of one vendor as the other would write them, with the other's status."""

from typing import Any

from balancer.wire import errors, json_text
from balancer.wire.formats import Format
from balancer.wire.sse import Event

# OpenAI has no 529. Its spent quota is a 429 that no retry mends, which Anthropic calls a billing error.
_STATUS_FOR_OPENAI = {529: 503}
_STATUS_FOR_ANTHROPIC = {
    (429, "insufficient_quota"): 402,
    (429, "credit_balance_exhausted"): 402,
    (503, "overloaded"): 529,
}
_TOO_LONG = "prompt is too long"  # how Anthropic's message says that the context window is exceeded


def error(source: Format, target: Format, status: int, body: Any) -> tuple[int, dict[str, Any]]:
    """Status and body for a caller of `target`. A body that is no vendor's error (HTML, a proxy's) is not passed on."""
    found = errors.error_of(body)
    if found is None:
        return status, errors.error_body(target, status, f"The provider answered with HTTP {status}.")
    if source is target and isinstance(body["error"], dict):
        return status, body
    translated = _status(target, status, found)
    return translated, errors.error_body(target, translated, errors.message_of(found), code=_code(target, found))


def error_event(source: Format, target: Format, data: dict[str, Any]) -> Event:
    """The error event of a stream for a caller of `target`."""
    if source is target:
        return Event("error" if target is Format.ANTHROPIC else "", json_text.dumps(data))
    found = errors.error_of(data) or {}
    _, body = error(source, target, errors.status_of(found), {"error": found or {"message": ""}})
    return errors.error_event(target, body)


def _status(target: Format, status: int, found: dict[str, Any]) -> int:
    if target is Format.OPENAI:
        return _STATUS_FOR_OPENAI.get(status, status)
    return _STATUS_FOR_ANTHROPIC.get((status, str(found.get("code"))), status)


def _code(target: Format, found: dict[str, Any]) -> str | None:
    is_too_long = target is Format.OPENAI and _TOO_LONG in errors.message_of(found).lower()
    return "context_length_exceeded" if is_too_long else None
