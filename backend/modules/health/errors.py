"""The answers that take a server out of rotation."""

from backend.core.errors import ServiceUnavailableError


class UnhealthyError(ServiceUnavailableError):
    msg = "The database is not reachable."


class NotReadyError(ServiceUnavailableError):
    msg = "Not ready for requests."
