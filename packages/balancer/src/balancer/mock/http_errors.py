"""Errors that come by HTTP, in the shape of the vendor or of the proxy in front of it."""

from typing import Any

from mdt.engine.messages import Reply

from balancer.mock.behaviors import HTTP_ERRORS, HttpError, ProviderBehavior
from balancer.mock.call import HTML, Call, Headers
from balancer.wire import anthropic, openai
from balancer.wire.errors import error_body
from balancer.wire.formats import Format
from balancer.wire.identifiers import identifier


def http_error(call: Call, more: Headers | None = None, retry_after: float | None = None) -> Reply:
    """The behaviour's error in the vendor's shape; the scenario may change status and message."""
    known = HTTP_ERRORS[call.behavior]
    status = call.provider.error_http_code or known.status
    wait = call.provider.retry_after if retry_after is None else retry_after
    headers = {**_retry_after(wait), **(more or {})}
    call.entry.retry_after = wait
    return call.json(_error(call, known, status), status, headers)


def _retry_after(seconds: float | None) -> Headers:
    """Whole seconds, rounded up, as RFC 9110 wants them; `retry-after-ms`, which the SDKs read first, has the rest."""
    if seconds is None:
        return {}
    return {"retry-after": str(-int(-seconds // 1))} | (
        {} if seconds == int(seconds) else {"retry-after-ms": f"{seconds * 1000:.0f}"}
    )


def _error(call: Call, known: HttpError, status: int) -> dict[str, Any]:
    message = call.provider.error_message or known.message
    if call.provider.body_style == "string":
        text = message if call.provider.error_message else "insufficient credits"
        return {"error": text if call.behavior is ProviderBehavior.INSUFFICIENT_CREDITS else message}
    told = known.status if status == 200 else status  # an error under a good status is still that error
    if call.format is Format.ANTHROPIC:
        kind = known.anthropic_type if told == known.status else None
        return error_body(call.format, told, message, kind=kind, request_id=identifier("req_"))
    return error_body(call.format, told, message, kind=known.openai_type, code=known.openai_code)


def rate_limit(call: Call) -> Reply:
    wait = 1.0 if call.provider.retry_after is None else call.provider.retry_after
    vendor = anthropic if call.format is Format.ANTHROPIC else openai
    return http_error(call, vendor.rate_limit_headers(limit=60, remaining=0, reset_seconds=wait), wait)


def bad_gateway(call: Call) -> Reply:
    if call.provider.body == "json":
        return http_error(call)
    status = call.provider.error_http_code or 502
    message = call.provider.error_message or "502 Bad Gateway"
    call.entry.retry_after = call.provider.retry_after
    return call.reply(status, {**HTML, **_retry_after(call.provider.retry_after)}, f"<h1>{message}</h1>".encode())
