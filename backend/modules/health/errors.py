"""The answers that take a server out of rotation."""

from backend.core.errors import ServiceUnavailableError
from backend.core.texts import _


class UnhealthyError(ServiceUnavailableError):
    msg = _("The database is not reachable.")


class NotReadyError(ServiceUnavailableError):
    msg = _("Not ready for requests.")
