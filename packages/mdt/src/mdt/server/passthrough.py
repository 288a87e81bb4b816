"""Forwards a request to the real service, in a thread, where a scenario asks for it; redirects are not followed."""

import asyncio
import http.client
from urllib.parse import urlsplit

from mdt.engine.messages import Reply, Request
from mdt.language import _, speaking
from mdt.server.headers import asked
from mdt.server.refusals import refusal

SECONDS = 30
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


async def forward(url: str, request: Request) -> Reply:
    """The real answer, or a refusal that says why there is none."""
    with speaking(asked(request.headers)):
        if MARK in request.headers:
            return refusal("passthrough-loop")
        try:
            return await asyncio.to_thread(_exchange, url, request)
        except (OSError, http.client.HTTPException, ValueError) as error:
            call, why = f"{request.method} {url}", str(error) or type(error).__name__
            return refusal("passthrough-failed", _("{call} got no answer: {why}", call=call, why=why))


def _exchange(url: str, request: Request) -> Reply:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(request.method, target, request.body or None, _sent(request))
        answer = connection.getresponse()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        return Reply(answer.status, tuple(kept), answer.read())
    finally:
        connection.close()


def _sent(request: Request) -> dict[str, str]:
    kept = {name: value for name, value in request.headers.items() if name not in OURS | HOP_BY_HOP}
    return {"accept-encoding": "identity", **kept, MARK: "1"}
