"""What the handlers of the admin API work with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from mdt.definitions.watcher import Watcher
from mdt.engine.engine import Engine
from mdt.engine.session import Session
from mdt.server.addresses import origin, session_prefix
from mdt.server.events import Hub
from mdt.server.exchange import Incoming
from mdt.server.sessions import DEFAULT, Sessions
from mdt.server.tls import TlsListeners


@dataclass(slots=True)
class Parts:
    """The server's parts; host and port are known when it listens."""

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
        """The base URL of a service, here; `host` is the name under which the asker knows this server."""
        named = None if session == DEFAULT else session
        return f"{origin(host or self.host, self.port)}{session_prefix(named)}/{service}"

    def service_names(self) -> list[str]:
        return [self.only] if self.only else sorted(self.engine.catalog.services)


@dataclass(frozen=True, slots=True)
class AdminCall:
    """One admin request. `trusted` has the token, or needs none."""

    parts: Parts
    incoming: Incoming
    values: Mapping[str, str]
    args: Mapping[str, list[str]]
    host: str
    trusted: bool

    @property
    def session(self) -> Session:
        """The one that the path names. Raises UnknownSessionError."""
        return self.parts.sessions.get(self.values["id"])

    def arg(self, name: str) -> str | None:
        """The last value of the query, None when there is none or an empty one."""
        return self.args.get(name, [""])[-1] or None
