"""TLS listeners. The certificate is sent before the request is known, so each listener has a session and a service.

A session opened with {"tls": true} has a listener for each service. It sends the certificate of the TLS fault that the
session's scenario asks for, else a good one. `--tls-port` opens a listener for the session "default", where the name
that the client asks for (SNI) tells the service; without a name, any service's TLS fault counts. A bad certificate gets
an entry in the journal with the route None, because no request follows.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable

from mdt.engine.engine import Engine
from mdt.engine.messages import FaultKind
from mdt.server.addresses import host_of, origin
from mdt.server.certificates import Certificates
from mdt.server.exchange import Listener
from mdt.server.sessions import DEFAULT, Sessions, UnknownSessionError

type Listen = Callable[[Listener, ssl.SSLContext, int], Awaitable[tuple[asyncio.Server, int]]]
type Close = Callable[[asyncio.Server], None]


class TlsListeners:
    """Opens and closes TLS listeners. Makes certificates when the first listener opens."""

    def __init__(self, engine: Engine, sessions: Sessions, listen: Listen, close: Close, hosts: list[str]) -> None:
        self._engine = engine
        self._sessions = sessions
        self._listen = listen
        self._close = close
        self._hosts = hosts
        self._made: Certificates | None = None
        self._open: dict[str, dict[str, tuple[asyncio.Server, int]]] = {}
        self.kinds: dict[ssl.SSLContext, FaultKind] = {}

    def _certificates(self) -> Certificates:
        if self._made is None:
            named = [host_of(host) for host in self._engine.catalog.hosts if host and host.isascii()]
            self._made = Certificates(dict.fromkeys(["localhost", "127.0.0.1", "::1", *self._hosts, *named]))
            self.kinds.update({context: kind for kind, context in self._made.bad.items()})
        return self._made

    def authority_pem(self) -> bytes:
        return self._certificates().pem

    async def open(self, listener: Listener, port: int = 0) -> tuple[asyncio.Server, int]:
        context = self._certificates().good()
        context.sni_callback = self._hook(listener)
        return await self._listen(listener, context, port)

    async def open_for(self, session: str, services: list[str]) -> None:
        """Opens a listener for each service, and closes those of sessions that are gone."""
        for gone in [id_ for id_ in self._open if id_ not in self._sessions.ids()] + [session]:
            self.close_for(gone)
        self._open[session] = {
            service: await self.open(Listener(secure=True, session=session, service=service)) for service in services
        }

    def close_for(self, session: str) -> None:
        for listening, _ in self._open.pop(session, {}).values():
            self._close(listening)

    def addresses(self, session: str, host: str) -> dict[str, str]:
        """The URLs by service."""
        ports = self._open.get(session, {})
        return {service: origin(host, port, secure=True) for service, (_, port) in ports.items()}

    def _hook(self, listener: Listener) -> Callable[[ssl.SSLObject, str | None, ssl.SSLContext], None]:
        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            try:
                session = self._sessions.get(listener.session or DEFAULT)
            except UnknownSessionError:
                return
            if (kind := self._engine.shake_hands(session, listener.service, name)) is not None:
                connection.context = self._certificates().bad[kind]

        return choose
