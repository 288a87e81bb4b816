"""Writes calls as JSON for journals, reports and live events, with secrets masked."""

import base64
import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from mdt.engine.content import charset
from mdt.engine.messages import Fault, Passthrough, Reply, Request
from mdt.engine.outcome import NearMiss, Outcome, Undelivered

MASK = "***"
SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "api-key",
        "x-goog-api-key",
        "x-auth-token",
        "x-access-token",
        "x-csrf-token",
        "x-amz-security-token",
    }
)


def headers_as_json(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Joins several values of one name by ", " and masks secret headers."""
    plain: dict[str, str] = {}
    for name, value in headers:
        shown = MASK if name.lower() in SECRET_HEADERS else value
        plain[name] = f"{plain[name]}, {shown}" if name in plain else shown
    return plain


def body_as_json(body: bytes, content_type: str = "") -> dict[str, Any]:
    """{"json": …} when it is JSON, else {"text": …} or {"base64": …}; {} when it is empty."""
    if not body:
        return {}
    encoding = charset(content_type)
    with suppress(ValueError, RecursionError):
        return {"json": json.loads(body if encoding == "utf-8" else body.decode(encoding))}
    try:
        return {"text": body.decode(encoding)}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def request_as_json(request: Request) -> dict[str, Any]:
    headers = headers_as_json(request.headers.items())
    body = body_as_json(request.body, request.headers.get("content-type", ""))
    return {"method": request.method, "url": request.url, "headers": headers, **body}


def reply_as_json(reply: Reply) -> dict[str, Any]:
    plain: dict[str, Any] = {"status": reply.status, "headers": headers_as_json(reply.headers)}
    content_type = next((value for name, value in reply.headers if name.lower() == "content-type"), "")
    plain |= body_as_json(reply.content(), content_type)
    if reply.delay:
        plain["delay"] = round(reply.delay, 6)
    if reply.chunks is not None:
        plain["chunks"] = len(reply.chunks)
    return plain


def outcome_as_json(outcome: Outcome | Undelivered) -> dict[str, Any]:
    """An object with one key: reply, fault, passthrough, undelivered or unmatched."""
    if isinstance(outcome, Reply):
        return {"reply": reply_as_json(outcome)}
    if isinstance(outcome, Fault):
        return {"fault": {"kind": outcome.kind.value, "delay": outcome.delay}}
    if isinstance(outcome, Passthrough):
        return {"passthrough": outcome.url}
    if isinstance(outcome, Undelivered):
        return {"undelivered": outcome.reason}
    return {"unmatched": near_miss_as_json(outcome.near_miss)}


def near_miss_as_json(miss: NearMiss) -> dict[str, Any]:
    return {
        "request": request_as_json(miss.request),
        "scenario": miss.scenario,
        "route": miss.route,
        "file": miss.file,
        "line": miss.line,
        "criteria": [one.as_json() for one in miss.criteria],
        "reason": miss.reason,
    }


def outcome_summary(outcome: Outcome | Undelivered) -> dict[str, Any]:
    """A short form without body and headers."""
    if isinstance(outcome, Reply):
        return {"kind": "reply", "status": outcome.status, "delay": round(outcome.delay, 3)}
    if isinstance(outcome, Fault):
        return {"kind": "fault", "fault": outcome.kind.value, "delay": round(outcome.delay, 3)}
    if isinstance(outcome, Passthrough):
        return {"kind": "passthrough", "to": outcome.url}
    if isinstance(outcome, Undelivered):
        return {"kind": "undelivered", "reason": outcome.reason}
    return {"kind": "unmatched", "reason": outcome.near_miss.reason}
