"""Ports of their own for providers that fail before HTTP: failed TLS handshakes, bad certificates, refused connections.

Such a port belongs to one provider of one namespace, so that the journal knows whose attempt a handshake was. A server
that other machines can reach, such as one in a container, has its main port alone, which fails TLS handshakes too.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mdt.errors import MdtError
from mdt.server.addresses import is_loopback, origin
from mdt.server.certificates import DAY, WRONG_HOST, Authority
from mdt.server.exchange import Listener
from mdt.server.http_server import port_of

from balancer.mock.behaviors import ProviderBehavior
from balancer.mock.journal import BROKEN
from balancer.mock.metrics import Metrics
from balancer.mock.namespaces import Namespace, Namespaces
from balancer.mock.scenario import ProviderConfig

type Listen = Callable[[Listener, ssl.SSLContext | None], Awaitable[asyncio.Server]]


@dataclass(slots=True)
class _Open:
    origin: str
    close: Callable[[], None]
    settings: tuple[object, ...]


class Listeners:
    """Opens and closes the ports. `listen` and `close` are the server's."""

    def __init__(
        self,
        namespaces: Namespaces,
        metrics: Metrics,
        host: str,
        listen: Listen,
        close: Callable[[asyncio.Server], None],
    ) -> None:
        self._namespaces = namespaces
        self._metrics = metrics
        self._host = host
        self._listen = listen
        self._close = close
        self._open: dict[str, dict[str, _Open]] = {}
        self._hosts = dict.fromkeys([host, "localhost", "127.0.0.1", "::1"])
        self._authority: Authority | None = None
        self._owns_ports = is_loopback(host)

    def origins(self, namespace: str) -> dict[str, str]:
        """The origin by provider, where it has a port of its own."""
        return {name: one.origin for name, one in self._open.get(namespace, {}).items()}

    async def open_for(self, namespace: Namespace) -> None:
        """Ports of providers that still need theirs stay; the others, and those of namespaces that are gone, close."""
        self.close_gone()
        wanted = {one.name: one for one in namespace.providers() if self._owns_ports and fails_early(one)}
        before = self._open.pop(namespace.name, {})
        kept = {name: one for name, one in before.items() if name in wanted and one.settings == _settings(wanted[name])}
        for name, one in before.items():
            if name not in kept:
                one.close()
        new = {name: await self._opened(namespace.name, one) for name, one in wanted.items() if name not in kept}
        if kept or new:
            self._open[namespace.name] = kept | new

    def close_gone(self) -> None:
        """Closes the ports of namespaces that were purged."""
        for gone in set(self._open) - {one.name for one in self._namespaces.every()}:
            self.close_for(gone)

    def close_for(self, namespace: str) -> None:
        for one in self._open.pop(namespace, {}).values():
            one.close()

    def close(self) -> None:
        for namespace in list(self._open):
            self.close_for(namespace)

    async def _opened(self, namespace: str, provider: ProviderConfig) -> _Open:
        if provider.behavior is ProviderBehavior.CONNECTION_ERROR:
            return _refusing(self._host, _settings(provider))
        listener = Listener(
            session=namespace, service=provider.name, refuses_tls=lambda: self._failed(namespace, provider)
        )
        context = None
        if provider.ssl_fault != "handshake":
            listener = Listener(secure=True, session=namespace, service=provider.name)
            context = self._bad(provider.ssl_fault)
            context.sni_callback = lambda *_: self._failed(namespace, provider)
        server = await self._listen(listener, context)
        return _Open(origin(self._host, port_of(server), secure=True), lambda: self._close(server), _settings(provider))

    def _bad(self, fault: str) -> ssl.SSLContext:
        """A new one each time, because it has its own callback."""
        if fault == "untrusted":
            return Authority("an authority that nobody trusts").context(self._hosts)
        if fault == "expired":
            return self.authority().context(self._hosts, (-10 * DAY, -DAY))
        return self.authority().context([WRONG_HOST])

    def authority(self) -> Authority:
        """Who signs the expired certificate and that of another host. Raises MdtError if the package cryptography is missing."""
        if self._authority is None:
            self._authority = Authority("mock providers' test authority")
        return self._authority

    def _failed(self, namespace: str, provider: ProviderConfig) -> None:
        """A handshake that fails, as it seems from here: with a certificate that the client may accept, a request follows."""
        self._metrics.count("tls_handshakes")
        try:
            there = self._namespaces.get(namespace)
        except Exception:  # noqa: BLE001 - within OpenSSL's callback nothing may be raised
            return
        state = there.state(provider.name)
        state.attempts += 1
        entry = there.journal.open(
            there.now(),
            (),
            provider=provider.name,
            attempt=state.attempts,
            behavior=ProviderBehavior.SSL_ERROR.value,
            method="TLS",
            path="",
        )
        entry.outcome, entry.ended, entry.seconds = BROKEN, there.now(), 0.0


def origin_of(provider: ProviderConfig, server: str) -> str:
    """Where a provider without a port of its own is, given the server's URL: its plain port fails every TLS handshake."""
    is_tls = provider.behavior is ProviderBehavior.SSL_ERROR
    return server.replace("http:", "https:", 1) if is_tls else server


def fails_early(provider: ProviderConfig) -> bool:
    """By its behaviour alone: before HTTP, attempts of a script cannot be told apart."""
    refuses = provider.behavior is ProviderBehavior.CONNECTION_ERROR and provider.connection_phase == "refuse"
    return refuses or provider.behavior is ProviderBehavior.SSL_ERROR


def _settings(provider: ProviderConfig) -> tuple[object, ...]:
    return provider.behavior, provider.connection_phase, provider.ssl_fault


def _refusing(host: str, settings: tuple[object, ...]) -> _Open:
    """A port that is taken, so nobody else gets it, and does not listen, so every connection is refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    holder = socket.socket(family, socket.SOCK_STREAM)
    try:
        holder.bind((host, 0))
    except OSError as error:
        holder.close()
        raise MdtError(f"Cannot take a port on {host}: {error.strerror or error}") from error
    return _Open(origin(host, holder.getsockname()[1]), holder.close, settings)
