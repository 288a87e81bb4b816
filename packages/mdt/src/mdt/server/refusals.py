"""The server's own answers. `X-Mdt-Error` names each, so that nobody takes one for an answer of the mocked service."""

from mdt.engine.messages import Reply
from mdt.language import Words, _

TEXT = "text/plain; charset=utf-8"
REFUSALS: dict[str, tuple[int, Words]] = {
    "bad-request": (400, _("This is no HTTP/1.1 request.")),
    "too-slow": (408, _("The request did not come in whole in time.")),
    "body-too-large": (413, _("The body is larger than this server takes. `body` of its limits raises that.")),
    "expectation-failed": (417, _("Only `Expect: 100-continue` is understood.")),
    "head-too-large": (431, _("Request line and headers are larger than this server takes.")),
    "internal-error": (500, _("mdt could not answer; its log has the traceback.")),
    "bad-answer": (500, ""),
    "no-tunnels": (
        501,
        _(
            "CONNECT asks for a tunnel, which mocks are not reached through. Use the service's URL on "
            "this server instead."
        ),
    ),
    "unknown-session": (501, ""),
    "passthrough-failed": (502, ""),
    "too-many-connections": (503, _("All connections are taken. Does the client close those it no longer needs?")),
    "passthrough-loop": (508, _("The real service's address leads back to this server. Correct the service's url.")),
}
MORE = {"no-tunnels": (("connection", "close"),)}


def refusal(kind: str, message: Words = "") -> Reply:
    """`message` says what happened and what to do; without one it is the kind's own."""
    status, usual = REFUSALS[kind]
    headers = (("content-type", TEXT), ("x-mdt-error", kind), *MORE.get(kind, ()))
    return Reply(status, headers, f"{message or usual}\n".encode())
