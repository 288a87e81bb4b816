"""Listens, limits the number of connections, checks their deadlines, and stops gracefully."""

import asyncio
import ssl
from collections.abc import Callable

from mdt.engine.messages import FaultKind
from mdt.errors import MdtError
from mdt.language import _
from mdt.server.connection import Connection
from mdt.server.exchange import Limits, Listener, Site


class HttpServer:
    """The server of one event loop; `site` answers. `certificates` maps TLS contexts to their faults."""

    def __init__(self, site: Site, limits: Limits | None = None) -> None:
        self.site = site
        self.limits = limits or Limits()
        self.loop = asyncio.get_running_loop()
        self.now = self.loop.time()
        self.stopping = False
        self.certificates: dict[ssl.SSLContext, FaultKind] = {}
        self._connections: set[Connection] = set()
        self._listening: list[asyncio.Server] = []
        self._tick = self.limits.tick()
        self._timer = self.loop.call_later(self._tick, self._look)

    async def listen(
        self, host: str, port: int, listener: Listener | None = None, context: ssl.SSLContext | None = None
    ) -> asyncio.Server:
        """Listens; port 0 means any free port, `port_of` tells which. Raises MdtError if the address cannot be used."""
        known = listener or Listener(secure=context is not None)
        handshake_timeout = None if context is None else self.limits.head_seconds
        try:
            server = await self.loop.create_server(
                lambda: Connection(self, known),
                host,
                port,
                ssl=context,
                backlog=1024,
                ssl_handshake_timeout=handshake_timeout,
            )
        except OSError as error:
            why = error.strerror or error
            raise MdtError(
                _(
                    "Cannot listen on {host} port {port}: {error}. Port 0 is any free one",
                    host=host,
                    port=port,
                    error=why,
                )
            ) from error
        self._listening.append(server)
        return server

    def close(self, listening: asyncio.Server) -> None:
        """Stops listening there."""
        listening.close()
        self._listening.remove(listening)

    def certificate_of(self, transport: asyncio.Transport) -> FaultKind | None:
        """The fault whose certificate a TLS connection has sent."""
        tls = transport.get_extra_info("ssl_object")
        return self.certificates.get(tls.context) if tls is not None else None

    def admit(self, connection: Connection) -> bool:
        """Returns False if there are too many connections. Its deadlines are checked all the same."""
        self._connections.add(connection)
        return len(self._connections) <= self.limits.connections

    def forget(self, connection: Connection) -> None:
        self._connections.discard(connection)

    def _look(self) -> None:
        self.now = self.loop.time()
        for connection in list(self._connections):
            connection.check(self.now)
        self._timer = self.loop.call_later(self._tick, self._look)

    async def stop(self) -> None:
        """Stops: running answers have `grace_seconds`, streams and faults end at once."""
        self.stopping = True
        for listening in self._listening:
            listening.close()
        await self._emptied(self.limits.grace_seconds, lambda one: one.close() if one.idle or one.endless else None)
        await self._emptied(1, lambda one: one.transport.abort())
        self._timer.cancel()

    async def _emptied(self, seconds: float, ask: Callable[[Connection], None]) -> None:
        """Asks every connection to end until none is left or the time is over."""
        end = self.loop.time() + seconds
        while self._connections and self.loop.time() < end:
            for connection in list(self._connections):
                ask(connection)
            await asyncio.sleep(0.01)


def port_of(listening: asyncio.Server) -> int:
    port: int = listening.sockets[0].getsockname()[1]
    return port
