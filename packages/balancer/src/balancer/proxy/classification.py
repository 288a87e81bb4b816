"""What a failure of a provider means: whose fault it is, whether it counts, and what may be tried next.

| kind | examples | what follows |
|---|---|---|
| caller | 400, 413, 422, content filter, context too long | the provider's answer goes to the caller; nothing counts |
| credential | 401, 402, 403, 404, spent credits | the next provider at once |
| throttle | 429, 529, 503 with Retry-After | a short wait if it pays, else the next provider |
| transient | 5xx, reset, TLS, DNS, silence, HTML, bad JSON, empty stream | the next provider; reset and 500 once more here |
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from balancer.proxy.config import ProviderSettings, Settings
from balancer.wire import json_text
from balancer.wire.errors import error_of, message_of, status_of
from balancer.wire.formats import Format

PATTERN_BYTES = 65_536
LONGEST_WAIT = 86_400.0


class Kind(StrEnum):
    CALLER = "caller"
    CREDENTIAL = "credential"
    THROTTLE = "throttle"
    TRANSIENT = "transient"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt. `reason` is a category for logs and metrics and never holds a provider's text.

    `status` is the provider's, or the one that the fault stands for; `retry_after` is in seconds; `counts` says whether
    the provider's health suffers; `body` and `raw` are the provider's error in its `format`, for a caller whose fault it is.
    """

    kind: Kind
    reason: str
    status: int = 502
    retry_after: float | None = None
    counts: bool = True
    retry_same: bool = False
    body: Any = None
    raw: bytes = b""
    format: Format | None = None


class AttemptFailedError(Exception):
    """An attempt ended without a whole answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


_KINDS = {
    **dict.fromkeys((401, 402, 403, 404), Kind.CREDENTIAL),
    **dict.fromkeys((429, 529), Kind.THROTTLE),
    **dict.fromkeys((408, 409, 425), Kind.TRANSIENT),
}
# A code says more than the status: OpenAI sends 429 for spent credits, which no waiting mends.
_KINDS_BY_CODE = {
    **dict.fromkeys(("insufficient_quota", "credit_balance_exhausted", "billing_error"), Kind.CREDENTIAL),
    **dict.fromkeys(("context_length_exceeded", "content_filter", "content_policy_violation"), Kind.CALLER),
}
_SPENT = re.compile(r"credit balance|insufficient (?:credit|balance|quota|fund)", re.IGNORECASE)
_RETRIED_HERE = frozenset({"http_500", "connection_reset"})


def of_status(
    status: int, headers: Mapping[str, str], raw: bytes, body: Any, *, provider: ProviderSettings, settings: Settings
) -> Failure:
    """The failure that an HTTP answer is; `body` is `raw` as JSON, None if it is none."""
    error, wait = error_of(body) or {}, retry_after(headers)
    kind = _kind(status, error, wait)
    if provider.auth_type == "passthrough" and status == 401:
        kind = Kind.CALLER
    elif kind is Kind.CALLER and _matches_message(error, settings):
        kind = Kind.CREDENTIAL
    return Failure(
        kind=kind,
        reason=f"http_{status}",
        status=status,
        retry_after=wait,
        counts=kind is not Kind.CALLER and _status_counts(status, kind, raw, settings),
        retry_same=f"http_{status}" in _RETRIED_HERE,
        body=body,
        raw=raw,
        format=provider.type,
    )


def in_band(error: Mapping[str, Any], provider: ProviderSettings, settings: Settings, raw: bytes = b"") -> Failure:
    """The failure that an error event of a stream is, or an error body under HTTP 200: its type says the status."""
    status = status_of(dict(error))
    body = {"error": dict(error)} if provider.type is Format.OPENAI else {"type": "error", "error": dict(error)}
    raw = raw or json_text.encode(body)
    found = of_status(status, {}, raw, body, provider=provider, settings=settings)
    counts = found.kind is not Kind.CALLER and (found.counts or matches_body(raw, settings))
    return replace(found, reason=f"in_band_{status}", retry_same=False, counts=counts)


def of_fault(reason: str, settings: Settings, *, status: int = 502, network: bool = False) -> Failure:
    """A failure without an answer, or with one that cannot be read.

    A `network` fault counts if `unhealthy_exception_patterns` has a word of its name; an unreadable answer always does.
    """
    counts = not network or any(pattern.search(reason) for pattern in settings.unhealthy_exception_patterns)
    return Failure(Kind.TRANSIENT, reason, status, counts=counts, retry_same=reason in _RETRIED_HERE)


def matches_body(raw: bytes, settings: Settings) -> bool:
    """Whether the start of an error-shaped body has one of the patterns. Never ask it about an assistant's words."""
    text = raw[:PATTERN_BYTES].decode("utf-8", "replace")
    return any(pattern.search(text) for pattern in settings.unhealthy_response_body_patterns)


def is_error_shaped(body: Any) -> bool:
    """Whether a JSON body under HTTP 200 is an error: it has an `error`, and nothing that an answer has."""
    if not isinstance(body, dict) or error_of(body) is None:
        return False
    return not any(body.get(name) for name in ("content", "choices", "data", "output"))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from `retry-after-ms` or `retry-after` (a number or a date), at most a day; None without a usable value."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return min(milliseconds / 1000, LONGEST_WAIT)
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is None and value is not None:
        seconds = _until(value)
    return None if seconds is None else min(seconds, LONGEST_WAIT)


def _kind(status: int, error: Mapping[str, Any], wait: float | None) -> Kind:
    for name in (str(error.get("code")), str(error.get("type"))):
        if name in _KINDS_BY_CODE:
            return _KINDS_BY_CODE[name]
    if status == 503 and wait is not None:
        return Kind.THROTTLE
    if 400 <= status < 500 and status not in _KINDS:
        return Kind.CREDENTIAL if _SPENT.search(message_of(dict(error))) else Kind.CALLER
    return _KINDS.get(status, Kind.TRANSIENT)


def _matches_message(error: Mapping[str, Any], settings: Settings) -> bool:
    """A caller's fault turns into the provider's only by the error's own words: every error body is error-shaped."""
    text = message_of(dict(error)) if error else ""
    return any(pattern.search(text) for pattern in settings.unhealthy_response_body_patterns)


def _status_counts(status: int, kind: Kind, raw: bytes, settings: Settings) -> bool:
    return status in settings.unhealthy_http_codes or kind is Kind.CREDENTIAL or matches_body(raw, settings)


def _number(value: str | None) -> float | None:
    if value is None or not re.fullmatch(r"\s*\d{1,15}(\.\d+)?\s*", value):
        return None
    return float(value)


def _until(value: str) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment.tzinfo else None
