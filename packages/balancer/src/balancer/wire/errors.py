"""Errors as the vendors write them, and the HTTP status that an error inside a stream stands for."""

from typing import Any

from balancer.wire import json_text
from balancer.wire.formats import Format
from balancer.wire.sse import Event

# Anthropic's types by status: the API's error page, and the installed SDK's `ErrorType`.
ANTHROPIC_TYPES: dict[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    415: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
# OpenAI's type and code by status: the API's error page. It has no 402; its resellers answer so when credits are spent.
OPENAI_TYPES: dict[int, tuple[str, str | None]] = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    402: ("insufficient_quota", "insufficient_quota"),
    403: ("invalid_request_error", "permission_denied"),
    404: ("invalid_request_error", "model_not_found"),
    405: ("invalid_request_error", "method_not_supported"),
    408: ("server_error", "timeout"),
    409: ("invalid_request_error", "conflict"),
    413: ("invalid_request_error", "request_too_large"),
    415: ("invalid_request_error", "unsupported_media_type"),
    422: ("invalid_request_error", None),
    429: ("rate_limit_exceeded", "rate_limit_exceeded"),
    500: ("server_error", None),
    502: ("server_error", "bad_gateway"),
    503: ("server_error", "overloaded"),
    504: ("server_error", "timeout"),
    529: ("server_error", "overloaded"),
}
# What an error's type or code says of its status, where a stream brings the error after HTTP 200.
_STATUS_BY_NAME: dict[str, int] = {
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "content_filter": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "billing_error": 402,
    "insufficient_quota": 402,
    "credit_balance_exhausted": 402,
    "permission_error": 403,
    "permission_denied": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "rate_limit_reached": 429,
    "slow_down": 429,
    "api_error": 500,
    "server_error": 500,
    "timeout_error": 504,
    "timeout": 504,
    "overloaded": 529,
    "overloaded_error": 529,
}


def anthropic_error(
    status: int, message: str, *, kind: str | None = None, request_id: str | None = None
) -> dict[str, Any]:
    """`{"type": "error", "error": {"type", "message"}, "request_id"}`; `kind` replaces the type of the status."""
    error = {"type": kind or _nearest(ANTHROPIC_TYPES, status), "message": message}
    return {"type": "error", "error": error} | ({"request_id": request_id} if request_id else {})


def openai_error(
    status: int, message: str, *, kind: str | None = None, code: str | None = None, param: str | None = None
) -> dict[str, Any]:
    """`{"error": {"message", "type", "param", "code"}}`: all four members are always there."""
    usual_type, usual_code = _nearest(OPENAI_TYPES, status)
    chosen_code = code or (usual_code if kind in (None, usual_type) else None)
    return {"error": {"message": message, "type": kind or usual_type, "param": param, "code": chosen_code}}


def error_body(
    error_format: Format,
    status: int,
    message: str,
    *,
    kind: str | None = None,
    code: str | None = None,
    request_id: str | None = None,
) -> dict[str, Any]:
    """The error in the shape of `error_format`: OpenAI's has no place for a request id, Anthropic's none for a code."""
    if error_format is Format.ANTHROPIC:
        return anthropic_error(status, message, kind=kind, request_id=request_id)
    return openai_error(status, message, kind=kind, code=code)


def error_event(error_format: Format, body: dict[str, Any]) -> Event:
    """The error body as the event that ends a broken stream."""
    return Event("error" if error_format is Format.ANTHROPIC else "", json_text.dumps(body))


def error_of(body: Any) -> dict[str, Any] | None:
    """The `error` object of an error body of either vendor; a plain text there becomes its message. Else None."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str) and error:
        return {"message": error}
    return error if isinstance(error, dict) and error else None


def status_of(error: dict[str, Any], default: int = 500) -> int:
    """The HTTP status that an `error` object stands for: its code says it more exactly than its type."""
    names = [name for name in (error.get("code"), error.get("type")) if isinstance(name, str)]
    return next((_STATUS_BY_NAME[name] for name in names if name in _STATUS_BY_NAME), default)


def message_of(error: dict[str, Any]) -> str:
    """The text of an `error` object for its reader."""
    message = error.get("message")
    return message if isinstance(message, str) and message else "The provider gave no message."


def _nearest[T](table: dict[int, T], status: int) -> T:
    """The entry of a status, or of the first one of its class: 418 reads as 400, 599 as 500."""
    return table.get(status) or table[400 if status < 500 else 500]
