"""Forwards a request to the real service. Short answers are read whole, all others are passed on as they come."""

import asyncio
import http.client
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from mdt.engine.http1 import NO_BODY
from mdt.engine.messages import FaultKind, Passthrough, Reply, Request
from mdt.engine.piece_tap import PieceTap
from mdt.language import _, speaking
from mdt.server.exchange import Stream, refusal
from mdt.server.headers import asked

SECONDS = 30
WHOLE = 64 * 1024  # bytes: longer bodies, and those of unknown length, are streamed
AT_ONCE = 64  # answers that are waited for; each needs a thread
MARK = "x-mdt-passthrough"
OURS = frozenset({"x-mdt-session", "host", "content-length", "expect"})
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_threads = ThreadPoolExecutor(AT_ONCE, "mdt-forward")


async def forward(outcome: Passthrough, request: Request) -> Reply | Stream:
    """The answer of the real service, or a refusal with the reason. It follows no redirect."""
    with speaking(asked(request.headers)):
        if MARK in request.headers:
            return refusal("passthrough-loop")
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(_threads, _exchange, outcome, request)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if outcome.listener:
                outcome.listener.failed(_fault(error))
            call, why = f"{request.method} {outcome.url}", str(error) or type(error).__name__
            return refusal("passthrough-failed", _("{call} got no answer: {why}", call=call, why=why))


def _fault(error: Exception) -> FaultKind:
    if isinstance(error, TimeoutError):
        return FaultKind.TIMEOUT
    return FaultKind.EMPTY if isinstance(error, http.client.RemoteDisconnected) else FaultKind.CONNECTION_RESET


def _exchange(outcome: Passthrough, request: Request) -> Reply | Stream:
    began = time.monotonic()
    parts = urlsplit(outcome.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(request.method, target, request.body or None, _sent(request))
        answer = connection.getresponse()
        headers = tuple(_passed_on(answer, outcome.base))
        told = PieceTap(outcome.listener, answer.status, headers, began) if outcome.listener else None
        if not _is_short(answer, request.method):
            return Stream(headers, _pieces(connection, answer, told), answer.status)
        body = answer.read()
    except BaseException:
        connection.close()
        raise
    connection.close()
    if told:
        told.piece(body)
        told.end(whole=True)
    return Reply(answer.status, headers, body)


def _is_short(answer: http.client.HTTPResponse, method: str) -> bool:
    return method == "HEAD" or answer.status in NO_BODY or (answer.length is not None and answer.length <= WHOLE)


async def _pieces(
    connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, told: PieceTap | None
) -> AsyncGenerator[bytes]:
    """The body as it comes. An answer that breaks off raises OSError, so that the client sees it break off too."""
    if connection.sock is not None:
        connection.sock.settimeout(None)  # an event stream may be silent for long
    whole = False
    try:
        async for piece in _read(answer):
            if told:
                told.piece(piece)
            yield piece
        whole = True
    finally:
        connection.close()
        if told:
            told.end(whole=whole)


async def _read(answer: http.client.HTTPResponse) -> AsyncGenerator[bytes]:
    loop = asyncio.get_running_loop()
    try:
        while piece := await loop.run_in_executor(_threads, answer.read1, WHOLE):
            yield piece
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    if answer.length not in (None, 0):
        raise OSError(str(_("the real service's answer broke off")))


def _passed_on(answer: http.client.HTTPResponse, base: str) -> list[tuple[str, str]]:
    """The headers for the client, for whom the service is at this server's address."""
    kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
    return [(name, _here(name.lower(), value, base)) for name, value in kept] if base else kept


def _here(name: str, value: str, base: str) -> str:
    """A redirect within the service becomes relative; a cookie loses its domain, and its demand for TLS."""
    if name == "location" and (value == base or value.startswith(f"{base}/")):
        return value[len(base) :] or "/"
    if name == "set-cookie":
        attributes = value.split(";")
        kept = [
            one
            for one in attributes
            if one.strip().lower() != "secure" and not one.strip().lower().startswith("domain=")
        ]
        return ";".join(kept)
    return value


def _sent(request: Request) -> dict[str, str]:
    kept = {name: value for name, value in request.headers.items() if name not in OURS | HOP_BY_HOP}
    return {"accept-encoding": "identity", **kept, MARK: "1"}
