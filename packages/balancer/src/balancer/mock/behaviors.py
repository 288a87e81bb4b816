"""What mock providers can do: the behaviours, and the HTTP errors among them in each vendor's words."""

from dataclasses import dataclass
from enum import StrEnum


class ProviderBehavior(StrEnum):
    """How a provider answers; docs/mock-providers.md says what each is on the wire."""

    SUCCESS = "success"
    STREAMING_SUCCESS = "streaming_success"
    ERROR = "error"
    TIMEOUT = "timeout"
    RATE_LIMIT = "rate_limit"
    CONNECTION_ERROR = "connection_error"
    SSL_ERROR = "ssl_error"
    INTERNAL_SERVER_ERROR = "internal_server_error"
    BAD_GATEWAY = "bad_gateway"
    SERVICE_UNAVAILABLE = "service_unavailable"
    INSUFFICIENT_CREDITS = "insufficient_credits"
    DUPLICATE_CACHE = "duplicate_cache"
    OVERLOADED = "overloaded"
    BAD_REQUEST = "bad_request"
    AUTH_ERROR = "auth_error"
    PERMISSION_ERROR = "permission_error"
    NOT_FOUND = "not_found"
    CONTEXT_LENGTH = "context_length"
    CONTENT_FILTER = "content_filter"
    STREAM_CUT = "stream_cut"
    STREAM_TRUNCATED = "stream_truncated"
    STREAM_STALL = "stream_stall"
    STREAM_ERROR_EVENT = "stream_error_event"
    STREAM_MALFORMED = "stream_malformed"
    STREAM_NO_DONE = "stream_no_done"
    EMPTY_STREAM = "empty_stream"
    SLOW_FIRST_TOKEN = "slow_first_token"  # noqa: S105 - no password
    NOT_JSON = "not_json"
    TRUNCATED_BODY = "truncated_body"
    FLAPPING = "flapping"
    QUOTA = "quota"


class ExpectedBehavior(StrEnum):
    """What a client should see of a scenario; `Environment.assert_expected` checks it."""

    SUCCESS = "success"  # the first provider answers
    FAILOVER = "failover"  # a later provider answers
    ERROR = "error"  # the provider's error reaches the client
    ALL_FAIL = "all_fail"  # every provider was asked, and none answers
    TIMEOUT = "timeout"  # the client is told that it took too long, or gives up


@dataclass(frozen=True, slots=True)
class HttpError:
    """One error: its status and message, with the type (Anthropic) and the type and code (OpenAI) if they are not the status's own."""

    status: int
    message: str
    anthropic_type: str | None = None
    openai_type: str | None = None
    openai_code: str | None = None


_B = ProviderBehavior
HTTP_ERRORS: dict[ProviderBehavior, HttpError] = {
    _B.ERROR: HttpError(500, "Mock provider error"),
    _B.RATE_LIMIT: HttpError(429, "Rate limit reached for requests"),
    _B.INTERNAL_SERVER_ERROR: HttpError(500, "Internal server error"),
    _B.BAD_GATEWAY: HttpError(502, "Bad Gateway"),
    _B.SERVICE_UNAVAILABLE: HttpError(503, "The service is temporarily unavailable"),
    _B.INSUFFICIENT_CREDITS: HttpError(
        402, "Insufficient credits: add funds to continue", "billing_error", "insufficient_quota", "insufficient_quota"
    ),
    _B.OVERLOADED: HttpError(529, "Overloaded"),
    _B.BAD_REQUEST: HttpError(400, "messages: at least one message is required"),
    _B.AUTH_ERROR: HttpError(401, "invalid x-api-key"),
    _B.PERMISSION_ERROR: HttpError(403, "Your key may not use this model"),
    _B.NOT_FOUND: HttpError(404, "The model does not exist"),
    _B.CONTEXT_LENGTH: HttpError(
        400,
        "prompt is too long: 300000 tokens > 200000 maximum",
        openai_type="invalid_request_error",
        openai_code="context_length_exceeded",
    ),
    _B.CONTENT_FILTER: HttpError(
        400,
        "The request was refused by the content policy",
        openai_type="invalid_request_error",
        openai_code="content_filter",
    ),
    _B.FLAPPING: HttpError(503, "The service is temporarily unavailable"),
    _B.QUOTA: HttpError(429, "Rate limit reached for requests"),
}
"""QUOTA and FLAPPING answer so while the quota is used up, or the provider is down."""

BROKEN_STREAMS = frozenset(
    {_B.STREAM_CUT, _B.STREAM_TRUNCATED, _B.STREAM_STALL, _B.STREAM_ERROR_EVENT, _B.STREAM_MALFORMED, _B.EMPTY_STREAM}
)
"""An answer that a client must not take for a whole one. STREAM_NO_DONE is whole but for its last line."""
