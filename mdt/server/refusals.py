"""The server's own answers. `X-Mdt-Error` names each, so that nobody takes one for an answer of the mocked service."""

from mdt.engine.messages import Reply

TEXT = "text/plain; charset=utf-8"


def refusal(status: int, kind: str, message: str, *more: tuple[str, str]) -> Reply:
    """`message` says what happened and what to do."""
    return Reply(status, (("content-type", TEXT), ("x-mdt-error", kind), *more), f"{message}\n".encode())


BAD_REQUEST = refusal(400, "bad-request", "This is no HTTP/1.1 request.")
TOO_SLOW = refusal(408, "too-slow", "The request did not come in whole in time.")
BODY_TOO_LARGE = refusal(
    413, "body-too-large", "The body is larger than this server takes. `body` of its limits raises that."
)
EXPECTATION_FAILED = refusal(417, "expectation-failed", "Only `Expect: 100-continue` is understood.")
HEAD_TOO_LARGE = refusal(431, "head-too-large", "Request line and headers are larger than this server takes.")
INTERNAL_ERROR = refusal(500, "internal-error", "mdt could not answer; its log has the traceback.")
NO_TUNNELS = refusal(
    501,
    "no-tunnels",
    "CONNECT asks for a tunnel, which mocks are not reached through. Use the service's URL on this server instead.",
    ("connection", "close"),
)
TOO_MANY_CONNECTIONS = refusal(
    503, "too-many-connections", "All connections are taken. Does the client close those it no longer needs?"
)


def bad_answer(message: str) -> Reply:
    """The definition asks for what cannot be sent."""
    return refusal(500, "bad-answer", message)
