"""The server's own answers. `X-Mdt-Error` names each, so that nobody takes one for an answer of the mocked service."""

from mdt.engine.messages import Reply
from mdt.language import Words
from mdt.server.texts import said

TEXT = "text/plain; charset=utf-8"
STATUS = {
    "bad-request": 400,
    "too-slow": 408,
    "body-too-large": 413,
    "expectation-failed": 417,
    "head-too-large": 431,
    "internal-error": 500,
    "bad-answer": 500,  # the definition asks for what cannot be sent
    "no-tunnels": 501,
    "unknown-session": 501,
    "passthrough-failed": 502,
    "too-many-connections": 503,
    "passthrough-loop": 508,
}
MORE = {"no-tunnels": (("connection", "close"),)}


def refusal(kind: str, message: Words = "") -> Reply:
    """`message` says what happened and what to do; without one it is the kind's own."""
    headers = (("content-type", TEXT), ("x-mdt-error", kind), *MORE.get(kind, ()))
    return Reply(STATUS[kind], headers, f"{message or said(kind)}\n".encode())
