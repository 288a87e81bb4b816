"""TLS listeners. A certificate is shown before the request is known, so each listener knows what it stands for.

A session opened with {"tls": true} has one for each service: the certificate is the one of the TLS fault that the
session's scenario names for that service, and a good one otherwise. `--tls-port` opens one for the session "default",
where the name that the client asks for (SNI) tells the service; without it, any service's TLS fault counts.
A bad certificate shown is an entry in the journal, with the route None: the request itself never comes.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mdt.definitions.model import Catalog, Route, Scenario, Service
from mdt.engine import turns
from mdt.engine.answers import Made, Ready
from mdt.engine.engine import Engine
from mdt.engine.journal import Entry
from mdt.engine.messages import Fault, FaultKind, Request
from mdt.engine.session import Session
from mdt.server.addresses import host_of, origin
from mdt.server.certificates import Certificates
from mdt.server.exchange import Listener
from mdt.server.faults import TLS
from mdt.server.sessions import DEFAULT, Sessions, UnknownSessionError

type Listen = Callable[[Listener, ssl.SSLContext, int], Awaitable[tuple[asyncio.Server, int]]]
type Close = Callable[[asyncio.Server], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate that a scenario asks for."""

    kind: FaultKind
    service: str
    scenario: Scenario


class TlsListeners:
    """Opens, knows and closes them; certificates are made when the first one is needed."""

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
        """One for each service. Those of sessions that are gone are closed by the way."""
        for gone in [id_ for id_ in self._open if id_ not in self._sessions.ids()] + [session]:
            self.close_for(gone)
        self._open[session] = {
            service: await self.open(Listener(secure=True, session=session, service=service)) for service in services
        }

    def close_for(self, session: str) -> None:
        for listening, _ in self._open.pop(session, {}).values():
            self._close(listening)

    def addresses(self, session: str, host: str) -> dict[str, str]:
        """By service."""
        ports = self._open.get(session, {})
        return {service: origin(host, port, secure=True) for service, (_, port) in ports.items()}

    def _hook(self, listener: Listener) -> Callable[[ssl.SSLObject, str | None, ssl.SSLContext], None]:
        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            try:
                session = self._sessions.get(listener.session or DEFAULT)
            except UnknownSessionError:
                return
            with session.lock:
                shown = selected(self._engine.catalog, session, listener.service, name)
            if shown is not None:
                connection.context = self._certificates().bad[shown.kind]
                _note(session, shown, name)

        return choose


def selected(catalog: Catalog, session: Session, service: str | None, name: str | None) -> Shown | None:
    """The TLS fault that the session's scenarios ask for; a sequence moves on by one."""
    for one in _meant(catalog, service, name):
        for route in one.routes:
            if (shown := _shown(route, one, session)) is not None:
                return shown
    return None


def _meant(catalog: Catalog, service: str | None, name: str | None) -> list[Service]:
    if service is not None:
        return [catalog.services[service]] if service in catalog.services else []
    return list(catalog.hosts.get((name or "").lower(), ())) or list(catalog.services.values())


def _shown(route: Route, service: Service, session: Session) -> Shown | None:
    """A sequence moves on only when it shows a bad certificate: then its request never comes."""
    names = session.choice.names.get(service.name, ())
    scenario = turns.chosen(route, names, session, move=False) or route.scenarios.get(service.default)
    if scenario is None or (kind := _kind(turns.played(route, scenario, session, move=False))) is None:
        return None
    turns.chosen(route, names, session)
    turns.played(route, scenario, session)
    return Shown(kind, service.name, scenario)


def _kind(scenario: Scenario) -> FaultKind | None:
    answer = scenario.answer
    kind = None
    if isinstance(answer, Ready) and isinstance(answer.ready, Fault):
        kind = answer.ready.kind
    elif isinstance(answer, Made):
        kind = answer.shaping.fault
    return kind if kind in TLS else None


def _note(session: Session, shown: Shown, name: str | None) -> None:
    request = Request("TLS", f"https://{name or shown.service}", name or "", "/")
    session.journal.append(
        Entry(
            session.journal.next_number(),
            session.clock.now(),
            shown.service,
            None,
            shown.scenario.name,
            request,
            Fault(shown.kind),
            shown.scenario.file,
            shown.scenario.line,
        )
    )
