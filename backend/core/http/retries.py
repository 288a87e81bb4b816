"""When a call may be tried again, and after which pause."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import NewConnectionError

from backend.core import clock
from backend.core.headers import IDEMPOTENCY_KEY
from backend.core.http.errors import RemoteError, UnreachableError
from backend.core.retry import FailedAttempt, RetryPolicy

RETRIES = RetryPolicy(attempts=3, first_pause=0.1)
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})  # RFC 9110 section 9.2.2
TRANSIENT = frozenset({429, 502, 503, 504})  # statuses after which another try may help


def is_repeatable(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a second try does no harm even if the first one has arrived."""
    return method in IDEMPOTENT or IDEMPOTENCY_KEY in headers


def may_try_again(error: Exception, *, repeatable: bool) -> bool:
    """A request that never left this machine may always be sent again, any other only if a second time does no harm."""
    return isinstance(error, RemoteError) and error.again and (repeatable or isinstance(error, UnreachableError))


def pause(failure: FailedAttempt) -> float:
    """Seconds to wait before the next try: what the service asked for, or the policy's pause, if that is longer."""
    return max(RETRIES.pause(failure.attempt), getattr(failure.error, "pause", None) or 0)


def retry_after(value: str | None) -> float | None:
    """The seconds that a Retry-After header means (RFC 9110 section 10.2.3); None if it is missing or unreadable."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, _seconds_until(known))


def _seconds_until(moment: datetime) -> float:
    return (moment - clock.utcnow()).total_seconds()


def nothing_was_sent(error: Exception) -> bool:
    """True when no connection could be made: refused, no such host, no route, not in time."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)
