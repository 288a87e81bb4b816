"""One call of the admin API: checks access, and gives handlers the parts of the server."""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mdt.definitions.watcher import Watcher
from mdt.engine.engine import Engine
from mdt.engine.messages import Reply
from mdt.engine.session import Session
from mdt.errors import (
    DefinitionError,
    MdtError,
    UnknownDatasetError,
    UnknownEnvironmentError,
    UnknownScenarioError,
    UnknownServiceError,
)
from mdt.language import Words, _
from mdt.server.addresses import host_of, is_loopback, origin, session_prefix, split_url
from mdt.server.events import Hub
from mdt.server.exchange import Incoming
from mdt.server.headers import Headers
from mdt.server.sessions import DEFAULT, Sessions, UnknownSessionError
from mdt.server.tls import TlsListeners


class AdminError(MdtError):
    """An admin request is refused, with this status and code."""

    def __init__(self, status: int, code: str, message: Words) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


OTHERS: tuple[tuple[type[MdtError], int, str], ...] = (
    (UnknownSessionError, 404, "unknown-session"),
    (UnknownScenarioError, 422, "unknown-scenario"),
    (UnknownServiceError, 404, "unknown-service"),
    (UnknownEnvironmentError, 422, "unknown-environment"),
    (UnknownDatasetError, 422, "unknown-dataset"),
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


FOREIGN_SITES = frozenset({"cross-site", "same-site"})


@dataclass(frozen=True, slots=True)
class Guard:
    """Checks access. `token` is None if the server needs none."""

    token: str | None
    write_token: str = ""

    def check(self, headers: Headers, host: str) -> None:
        """Raises AdminError for pages of other sites, for unknown names of this server, and without the token."""
        _check_site(headers, host)
        if self.token is None:
            _check_name(host)
        elif not _has_token(headers, self.token):
            raise AdminError(
                401, "token-needed", _("This needs the token that the server printed: Authorization: Bearer <token>")
            )

    def check_page(self, headers: Headers, host: str) -> None:
        """For the page and the short health, which need no token: checks only the name of the server."""
        if self.token is None:
            _check_name(host)

    def check_writer(self, headers: Headers, host: str, listens: str) -> None:
        """For what touches files, besides `check`: only from this machine, and never without a token."""
        if not is_loopback(listens):
            where = _("Files are written only by a server that this machine alone can reach, such as on 127.0.0.1.")
            raise AdminError(403, "not-loopback", where)
        _check_name(host)
        if not _has_token(headers, self.write_token):
            text = _(
                "This needs the token in the address that `mdt mock serve` printed for the page: Authorization: Bearer <token>"
            )
            raise AdminError(401, "token-needed", text)

    def knows_token(self, headers: Headers) -> bool:
        return _has_token(headers, self.token)


def _has_token(headers: Headers, token: str | None) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    right = (token or "").encode()
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), right) and bool(right)


def _check_site(headers: Headers, host: str) -> None:
    """Refuses browsers' requests from other sites; programs do not send Origin."""
    origin = headers.get("origin")
    foreign = origin is not None and split_url(origin).netloc.lower() != headers.get("host", host).lower()
    if foreign or headers.get("sec-fetch-site") in FOREIGN_SITES:
        where = origin or _("another site")
        raise AdminError(403, "foreign-page", _("Pages of other sites may not use this API: {origin}", origin=where))


def _check_name(host: str) -> None:
    """Refuses names that others have pointed to loopback (DNS rebinding)."""
    if not is_loopback(host_of(host)):
        raise AdminError(
            403,
            "foreign-host",
            _(
                "{host} is not this machine. Use 127.0.0.1 or localhost, or start with a token",
                host=host or _("No host"),
            ),
        )


@dataclass(slots=True)
class Parts:
    """The parts of the server that handlers use; `port` is set when it listens."""

    engine: Engine
    sessions: Sessions
    hub: Hub
    watcher: Watcher
    tls: TlsListeners
    reload: Callable[[], Awaitable[None]]
    host: str = "127.0.0.1"
    port: int = 0
    only: str | None = None

    def address_of(self, service: str, session: str | None = None, host: str | None = None) -> str:
        """The base URL of a service; `host` is the name by which the client knows this server."""
        named = None if session == DEFAULT else session
        return f"{origin(host or self.host, self.port)}{session_prefix(named)}/{service}"

    def service_names(self) -> list[str]:
        return [self.only] if self.only else sorted(self.engine.catalog.services)


@dataclass(frozen=True, slots=True)
class AdminCall:
    """One admin request. `trusted`: it has the token, or the server needs none."""

    parts: Parts
    incoming: Incoming
    values: Mapping[str, str]
    args: Mapping[str, list[str]]
    host: str
    trusted: bool

    @property
    def session(self) -> Session:
        """The session in the path. Raises UnknownSessionError."""
        return self.parts.sessions.get(self.values["id"])

    def arg(self, name: str) -> str | None:
        """The last value of a name in the query; None if it is missing or empty."""
        return self.args.get(name, [""])[-1] or None
