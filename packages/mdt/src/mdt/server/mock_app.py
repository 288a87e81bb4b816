"""Answers requests: finds the session, asks the engine, and forwards to the real service if the engine says so."""

import asyncio
import json
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from urllib.parse import unquote

from mdt.engine.engine import Engine, Work
from mdt.engine.masking import near_miss_as_json
from mdt.engine.messages import Fault, FaultKind, Passthrough, Reply, Request
from mdt.engine.outcome import NearMiss, Outcome
from mdt.engine.preference import Preference, preference
from mdt.engine.routes import decoded
from mdt.engine.session import Session
from mdt.engine.session_keys import session_in
from mdt.language import speaking, words_of
from mdt.server.addresses import split_session, split_target
from mdt.server.exchange import TEXT, Incoming, Listener, ServerAnswer, Stream, refusal
from mdt.server.forwarding import forward
from mdt.server.headers import Headers, asked
from mdt.server.sessions import Sessions, UnknownSessionError

ADMIN = "/_mdt"
CREATE = "/mock/create"  # the page that writes definitions
HANDLERS = 32  # that run at the same time; others wait


class AdminPart(Protocol):
    """Answers requests below /_mdt/."""

    def answer(self, incoming: Incoming, host: str, path: str, query: str) -> ServerAnswer: ...


class MockApp:
    """The application behind the server. `only` restricts it to one service."""

    def __init__(self, engine: Engine, sessions: Sessions, admin: AdminPart, only: str | None = None) -> None:
        self._engine = engine
        self._sessions = sessions
        self._admin = admin
        self._only = only
        self._handlers = ThreadPoolExecutor(HANDLERS, "mdt-handler")
        self._worker = ThreadPoolExecutor(1, "mdt-worker")  # more threads would not be faster, and would delay the loop

    def answer(self, incoming: Incoming, listener: Listener, certificate: FaultKind | None) -> ServerAnswer:
        if incoming.method == "CONNECT":
            return refusal("no-tunnels")
        raw = incoming.headers.raw
        host, path, query = split_target(
            incoming.target, raw.get(b"host", b"").decode("latin-1"), secure=listener.secure
        )
        if path == CREATE and incoming.method in {"GET", "HEAD"} and not self._has_route(path):
            return Reply(307, (("location", f"{ADMIN}/create"), ("cache-control", "no-store")))
        if path.startswith(ADMIN) and path[5:6] in {"", "/"}:
            return self._admin.answer(incoming, host, path, query)
        by_path, path = split_session(path)
        try:
            session = self._session(incoming.headers, by_path, listener)
        except UnknownSessionError as error:
            with speaking(asked(incoming.headers)):
                return refusal("unknown-session", words_of(error))
        request = _request(incoming, listener, host, path, query)
        service = listener.service or self._only
        prefer = self._preference(incoming.headers) if b"prefer" in raw else None
        outcome = self._engine.begin(request, session, service, by_path=True, prefer=prefer)
        if isinstance(outcome, Work):
            return self._worked(outcome, request)
        return _answer(outcome, request)

    def _preference(self, headers: Headers) -> Preference | None:
        return preference(headers["prefer"]) if self._engine.catalog.settings.prefer else None

    def _has_route(self, path: str) -> bool:
        """Whether a service answers this path; its route wins over the page's short address."""
        return any(next(iter(one.table.find("GET", path)), None) for one in self._engine.catalog.services.values())

    async def _worked(self, outcome: Outcome | Work, request: Request) -> Reply | Fault | Stream:
        """Does the work in a thread: handlers may sleep or call this server, templates may loop."""
        loop = asyncio.get_running_loop()
        while isinstance(outcome, Work):
            outcome = await loop.run_in_executor(self._handlers if outcome.is_code else self._worker, outcome.step)
        answer = _answer(outcome, request)
        return await answer if isinstance(answer, Awaitable) else answer

    def _by_key(self, headers: Headers) -> str | None:
        keys = self._engine.catalog.settings.session_keys
        sent = [key for key in keys if key.header.encode() in headers.raw]
        return session_in(headers, sent) if sent else None

    def close(self) -> None:
        """Does not wait for running work."""
        for pool in (self._handlers, self._worker):
            pool.shutdown(wait=False, cancel_futures=True)

    def _session(self, headers: Headers, by_path: str | None, listener: Listener) -> Session:
        """The session of the header, else of baggage, path, listener or key, else the default. Raises UnknownSessionError."""
        named = headers.raw.get(b"x-mdt-session")
        if named is not None:
            return self._sessions.get(named.decode("latin-1"))
        found = _from_baggage(headers) if b"baggage" in headers.raw else None
        chosen = found or by_path or listener.session or self._by_key(headers)
        return self._sessions.get(chosen) if chosen else self._sessions.default


def _request(incoming: Incoming, listener: Listener, host: str, path: str, query: str) -> Request:
    target_ = incoming.target
    url = target_ if "://" in target_ else f"http{'s' * listener.secure}://{host}{target_}"
    return Request(incoming.method, url, host, decoded(path), query, incoming.headers, incoming.body)


def _from_baggage(headers: Headers) -> str | None:
    """Reads W3C Baggage: `key=value;property, key=value`, values percent-encoded."""
    for member in headers["baggage"].split(","):
        key, _, value = member.partition(";")[0].partition("=")
        if key.strip() == "mdt.session":
            return unquote(value.strip())
    return None


def _answer(outcome: Outcome, request: Request) -> Reply | Fault | Awaitable[Reply | Stream]:
    if isinstance(outcome, Reply | Fault):
        return outcome
    if isinstance(outcome, Passthrough):
        return forward(outcome, request)
    return _unmatched(outcome.near_miss, request)


def _unmatched(miss: NearMiss, request: Request) -> Reply:
    as_json = "json" in request.headers.get("accept", "")
    kind = "application/json" if as_json else TEXT
    with speaking(asked(request.headers)):
        body = json.dumps(near_miss_as_json(miss), ensure_ascii=False) if as_json else f"{miss}\n"
    preferred = any(one.name == "prefer" for one in miss.criteria)
    return Reply(404 if preferred else 501, (("content-type", kind), ("x-mdt-unmatched", "1")), body.encode())
