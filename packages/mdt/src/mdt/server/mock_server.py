"""The whole server: starts and stops engine, sessions, admin API, watcher and listeners."""

import asyncio
import os
import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mdt.definitions import load
from mdt.definitions.watcher import Watcher, snapshot
from mdt.engine.catalog import Catalog
from mdt.engine.choice import EMPTY, Selectable
from mdt.engine.engine import Engine
from mdt.engine.journal import Entry
from mdt.engine.selection import resolve
from mdt.errors import DefinitionError, UnknownServiceError
from mdt.server.addresses import is_loopback, origin
from mdt.server.admin.api import AdminApp
from mdt.server.admin.call import Guard, Parts
from mdt.server.events import Hub
from mdt.server.exchange import Limits, Listener
from mdt.server.http_server import HttpServer, port_of
from mdt.server.mock_app import MockApp
from mdt.server.sessions import OnEntry, Sessions
from mdt.server.tls import TlsListeners

type OnChange = Callable[[Catalog | DefinitionError], None]


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """The options of a server. None means the value of mdt.yaml; port 0 means any free port.

    `on_entry` is called with each journal entry, `on_change` with each new catalog or its error.
    """

    folder: Path
    host: str | None = None
    port: int | None = None
    tls_port: int | None = None
    token: str | None = None
    service: str | None = None  # only this one
    scenarios: Selectable = ()  # of the session "default"
    environment: str | None = None  # of sessions that name none
    dataset: str | None = None  # in place of the environment's
    watch: bool = False
    limits: Limits = field(default_factory=Limits)
    on_entry: OnEntry | None = None
    on_change: OnChange | None = None
    duration: float | None = None  # seconds after which runner.main stops
    overlay: Callable[[Catalog], Catalog] | None = None  # changes each catalog that is loaded, as recordings do
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)


class MockServer:
    """Create it inside its event loop. Raises DefinitionError if the definitions cannot be used."""

    def __init__(self, options: ServerOptions) -> None:
        self.options = options
        seen = snapshot(options.folder) if options.watch else {}
        loaded = load(options.folder, options.env)
        self.engine = Engine(options.overlay(loaded) if options.overlay else loaded)
        catalog = self.engine.catalog
        settings = catalog.settings
        _check_service(catalog, options.service)
        self.host = options.host or settings.host
        self.token = _token(options.token or settings.token, self.host)
        choice = resolve(catalog, options.scenarios) if options.scenarios else EMPTY
        self.hub = Hub(asyncio.get_running_loop())
        catalog.data.check(options.environment, options.dataset)
        surroundings = {"environment": options.environment, "dataset": options.dataset}
        self.sessions = Sessions(settings, self._heard, choice, **surroundings)
        self.watcher = Watcher(
            self.engine, options.folder, env=options.env, on_change=self._changed, overlay=options.overlay, seen=seen
        )
        self.tls = TlsListeners(self.engine, self.sessions, self._listen_tls, self._close, [self.host])
        self._parts = Parts(
            self.engine, self.sessions, self.hub, self.watcher, self.tls, self._reload, self.host, only=options.service
        )
        self.write_token = self.token or secrets.token_urlsafe(24)
        admin = AdminApp(self._parts, Guard(self.token, self.write_token))
        self._app = MockApp(self.engine, self.sessions, admin, options.service)
        self._server = HttpServer(self._app, options.limits)
        self._server.certificates = self.tls.kinds
        self.tls_port: int | None = None

    async def start(self) -> None:
        """Returns when it listens."""
        options, settings = self.options, self.engine.catalog.settings
        port = settings.port if options.port is None else options.port
        self._parts.port = port_of(await self._server.listen(self.host, port))
        tls_port = settings.tls_port if options.tls_port is None else options.tls_port
        if tls_port is not None:
            _, self.tls_port = await self.tls.open(Listener(secure=True, service=options.service), tls_port)
        if options.watch:
            await asyncio.to_thread(self.watcher.start)

    async def stop(self) -> None:
        """Gives running answers the time of `grace_seconds`."""
        await asyncio.to_thread(self.watcher.stop)
        await asyncio.to_thread(self.sessions.runner.stop)
        await self._server.stop()
        self._app.close()

    @property
    def port(self) -> int:
        return self._parts.port

    @property
    def url(self) -> str:
        return origin(self.host, self.port)

    @property
    def create_url(self) -> str | None:
        """The page that writes definitions, with its token; None if other machines can reach the server."""
        return f"{self.url}/mock/create#token={self.write_token}" if is_loopback(self.host) else None

    @property
    def tls_url(self) -> str | None:
        return None if self.tls_port is None else origin(self.host, self.tls_port, secure=True)

    def address_of(self, service: str, session: str | None = None) -> str:
        """The base URL of a service, for the configuration of the program under test."""
        return self._parts.address_of(service, session)

    def _heard(self, session: str, entry: Entry) -> None:
        if not self.hub.silent:
            self.hub.publish("call", {"session": session, **entry.summary()}, session)
        if self.options.on_entry is not None:
            self.options.on_entry(session, entry)

    def _changed(self, result: Catalog | DefinitionError) -> None:
        error = str(result) if isinstance(result, DefinitionError) else None
        self.hub.publish("reload", {"status": "error" if error else "ok", "error": error})
        if self.options.on_change is not None:
            self.options.on_change(result)

    async def _reload(self) -> None:
        self._changed(await asyncio.to_thread(self.watcher.reload))

    async def _listen_tls(self, listener: Listener, context: ssl.SSLContext, port: int) -> tuple[asyncio.Server, int]:
        listening = await self._server.listen(self.host, port, listener, context)
        return listening, port_of(listening)

    def _close(self, listening: asyncio.Server) -> None:
        self._server.close(listening)


def _check_service(catalog: Catalog, name: str | None) -> None:
    if name is not None and name not in catalog.services:
        raise UnknownServiceError(name, catalog.services)


def _token(given: str | None, host: str) -> str | None:
    """The given token; a new one if other machines can reach the server."""
    return given or (None if is_loopback(host) else secrets.token_urlsafe(24))
