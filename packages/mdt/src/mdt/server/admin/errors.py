"""Errors of the admin API: a status, a code for programs, a message for people."""

import json
from typing import Any

from mdt.engine.messages import Reply
from mdt.errors import DefinitionError, MdtError, UnknownScenarioError, UnknownServiceError
from mdt.language import Words
from mdt.server.sessions import UnknownSessionError


class AdminError(MdtError):
    """What an admin request is refused with."""

    def __init__(self, status: int, code: str, message: Words) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


OTHERS: tuple[tuple[type[MdtError], int, str], ...] = (
    (UnknownSessionError, 404, "unknown-session"),
    (UnknownScenarioError, 422, "unknown-scenario"),
    (UnknownServiceError, 404, "unknown-service"),
    (DefinitionError, 422, "bad-definitions"),
    (MdtError, 422, "not-possible"),
)
SAFETY = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))


def refused(error: MdtError) -> Reply:
    status, code = _kind(error)
    more = (("www-authenticate", "Bearer"),) if status == 401 else ()
    return as_json({"error": code, "message": str(error)}, status, ("x-mdt-error", code), *more)


def _kind(error: MdtError) -> tuple[int, str]:
    if isinstance(error, AdminError):
        return error.status, error.code
    return next((status, code) for kind, status, code in OTHERS if isinstance(error, kind))


def as_json(value: Any, status: int = 200, *headers: tuple[str, str]) -> Reply:
    body = json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")
    return Reply(status, (("content-type", "application/json"), *SAFETY, *headers), body)
