"""What can go wrong with a call to another service. The client gets 503 with `Retry-After`; the log has the rest."""

from math import ceil
from typing import ClassVar

from backend.core.errors import ServiceUnavailableError
from backend.core.texts import _

LONGEST = 3600  # seconds; the longest `Retry-After` that we send


class RemoteError(ServiceUnavailableError):
    """A service gave no answer that can be used.

    `maybe_done` tells whether the service may have done it: False only if it certainly has not.
    `again` tells whether another try may help, `failing` whether the circuit counts it. `pause` is in seconds, if the
    service or the circuit has named one.
    """

    code = "partner_unavailable"
    msg = _("A service that this needs is not available for the moment; try again.")
    certain: ClassVar[bool] = False
    again: bool = False
    failing: bool = False

    def __init__(self, *, pause: float | None = None) -> None:
        super().__init__(retry_after=min(LONGEST, max(1, ceil(pause or 2))))
        self.pause = pause
        self.maybe_done = not self.certain


class NotCalledError(RemoteError):
    """No call was made: the circuit is open, the deadline is over, or too many calls wait already."""

    code = "partner_not_called"
    certain = True


class NotConfiguredError(NotCalledError):
    """The setting that says where the service is, is empty."""

    code = "partner_not_configured"
    msg = _("This server is not connected to a service that this needs; its log names the setting.")


class UnreachableError(RemoteError):
    """No connection could be made, so nothing was sent."""

    code = "partner_unreachable"
    certain, again, failing = True, True, True


class NoAnswerError(RemoteError):
    """The request may have been sent; no complete answer came back."""

    code = "partner_silent"
    again, failing = True, True


class BadAnswerError(RemoteError):
    """The body of the answer is too large or cannot be read."""

    code = "partner_answer_unreadable"


class StatusError(RemoteError):
    """The answer has an unexpected status. Only one below 500 says that nothing was done."""

    code = "partner_refused"

    def __init__(self, status: int, *, again: bool, pause: float | None) -> None:
        super().__init__(pause=pause)
        self.http_status = status
        self.again = again
        self.failing = status >= 500
        self.maybe_done = self.failing
