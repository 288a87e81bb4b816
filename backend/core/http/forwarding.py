"""Headers that a request forwards to the calls that it makes: its id and, in tests, the session of the mock server.

The mock server keeps the changes of each session apart, so parallel tests can share it. The session is forwarded only in the
test environments, or in development with FORWARD_TEST_SESSION=true; in production a caller must not choose who answers.
"""

from collections.abc import Mapping

from backend.core import running
from backend.core.headers import REQUEST_ID
from backend.core.observability import log_context
from backend.core.settings import Settings

SESSION = "X-Mdt-Session"
BAGGAGE = "baggage"  # W3C Baggage; of its members only this one is forwarded
MEMBER = "mdt.session"
LONGEST = 256


def forwarded(settings: Settings) -> dict[str, str]:
    """The headers to forward from the current request, or from a job that it asked for; none outside of both."""
    found = _test_session(running.request_headers()) if settings.forwards_test_session else {}
    request_id = log_context.request_id()
    return found | ({REQUEST_ID: request_id} if request_id else {})


def session_of(headers: Mapping[str, str]) -> str:
    """The mock server's session that these headers name; empty if they name none."""
    return headers.get(SESSION) or headers.get(BAGGAGE, "")


def _test_session(headers: running.Headers) -> dict[str, str]:
    found = {SESSION: headers.get(SESSION, ""), BAGGAGE: _member(headers.get(BAGGAGE, ""))}
    return {name: value for name, value in found.items() if _is_harmless(value)}


def _member(baggage: str) -> str:
    """The session's member of a baggage header, without the others and without its properties."""
    members = (part.partition(";")[0].strip() for part in baggage.split(","))
    return next((member for member in members if "=" in member and member.partition("=")[0].strip() == MEMBER), "")


def _is_harmless(value: str) -> bool:
    return 0 < len(value) <= LONGEST and value.isascii() and value.isprintable()
