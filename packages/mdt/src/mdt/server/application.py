"""Finds session and service of a request, asks the engine, and says on HTTP what it answers."""

import json
from typing import Protocol
from urllib.parse import unquote

from mdt.engine.engine import Engine
from mdt.engine.journal import Entry
from mdt.engine.messages import Fault, FaultKind, Outcome, Passthrough, Reply, Request, Unmatched
from mdt.engine.near_miss import NearMiss
from mdt.engine.paths import decoded
from mdt.engine.session import Session
from mdt.language import speaking, words_of
from mdt.server.addresses import split_session, split_target
from mdt.server.exchange import Answer, Incoming, Listener
from mdt.server.headers import Headers
from mdt.server.languages import asked
from mdt.server.passthrough import forward
from mdt.server.refusals import TEXT, refusal
from mdt.server.routing import Target, target
from mdt.server.sessions import Sessions, UnknownSessionError
from mdt.server.texts import said

ADMIN = "/_mdt"


class AdminSite(Protocol):
    """Answers what is below /_mdt/."""

    def answer(self, incoming: Incoming, host: str, path: str, query: str) -> Answer: ...


class Application:
    """`only` restricts the server to one service."""

    def __init__(self, engine: Engine, sessions: Sessions, admin: AdminSite, only: str | None = None) -> None:
        self._engine = engine
        self._sessions = sessions
        self._admin = admin
        self._only = only

    def answer(self, incoming: Incoming, listener: Listener, certificate: FaultKind | None) -> Answer:
        if incoming.method == "CONNECT":
            return refusal("no-tunnels")
        raw = incoming.headers.raw
        host, path, query = split_target(
            incoming.target, raw.get(b"host", b"").decode("latin-1"), secure=listener.secure
        )
        if path.startswith(ADMIN) and path[5:6] in {"", "/"}:
            return self._admin.answer(incoming, host, path, query)
        by_path, path = split_session(path)
        try:
            session = self._session(incoming.headers, by_path, listener)
        except UnknownSessionError as error:
            with speaking(asked(incoming.headers)):
                return refusal("unknown-session", words_of(error))
        request = _request(incoming, listener, host, path, query)
        return self._handled(request, session, listener.service or self._only)

    def _session(self, headers: Headers, by_path: str | None, listener: Listener) -> Session:
        """Header, baggage, path, listener; what is not there is left out, what is unknown is an error."""
        named = headers.raw.get(b"x-mdt-session")
        if named is not None:
            return self._sessions.get(named.decode("latin-1"))
        found = _from_baggage(headers) if b"baggage" in headers.raw else None
        chosen = found or by_path or listener.session
        return self._sessions.get(chosen) if chosen else self._sessions.default

    def _handled(self, request: Request, session: Session, only: str | None) -> Answer:
        found = target(self._engine.catalog, request.host, request.method, request.path, only)
        if found.several:
            return _answer(_ambiguous(request, session, found), request)
        request.path = found.path
        return _answer(self._engine.handle(request, session, found.service), request)


def _request(incoming: Incoming, listener: Listener, host: str, path: str, query: str) -> Request:
    target_ = incoming.target
    url = target_ if "://" in target_ else f"http{'s' * listener.secure}://{host}{target_}"
    return Request(incoming.method, url, host, decoded(path), query, incoming.headers, incoming.body)


def _from_baggage(headers: Headers) -> str | None:
    """W3C Baggage: `key=value;property, key=value`, values percent-encoded."""
    for member in headers["baggage"].split(","):
        key, _, value = member.partition(";")[0].partition("=")
        if key.strip() == "mdt.session":
            return unquote(value.strip())
    return None


def _ambiguous(request: Request, session: Session, found: Target) -> Outcome:
    """Written into the journal here: the engine is not asked."""
    names = ", ".join(found.several)
    reason = said("several-services", names=names, first=found.several[0], path=request.path)
    miss = NearMiss(request, ", ".join(session.choice.labels()), None, None, None, (), reason)
    outcome = Unmatched(miss)
    entry = Entry(session.journal.next_number(), session.clock.now(), None, None, None, request, outcome)
    session.journal.append(entry)
    return outcome


def _answer(outcome: Outcome, request: Request) -> Answer:
    if isinstance(outcome, Reply | Fault):
        return outcome
    if isinstance(outcome, Passthrough):
        return forward(outcome.url, request)
    return _unmatched(outcome.near_miss, request)


def _unmatched(miss: NearMiss, request: Request) -> Reply:
    as_json = "json" in request.headers.get("accept", "")
    kind = "application/json" if as_json else TEXT
    with speaking(asked(request.headers)):
        body = json.dumps(miss.as_json(), ensure_ascii=False) if as_json else f"{miss}\n"
    return Reply(501, (("content-type", kind), ("x-mdt-unmatched", "1")), body.encode())
