"""Reads the body of an answer: never more than the limit, never longer than the deadline."""

from typing import Any

from backend.core.deadline import Deadline
from backend.core.http.errors import BadAnswerError, NoAnswerError

MAX_BYTES = 1_048_576
PART = 65_536


def read(raw: Any, deadline: Deadline) -> bytes:
    """The whole body, unpacked. Raises `BadAnswerError` if it is too large, `NoAnswerError` if it is not complete by the deadline."""
    body = bytearray()
    while part := _next(raw, deadline):
        body += part
        if len(body) > MAX_BYTES:
            raise BadAnswerError
    return bytes(body)


def _next(raw: Any, deadline: Deadline) -> bytes:
    left = deadline.left
    if not left:
        raise NoAnswerError
    socket = getattr(getattr(raw, "connection", None), "sock", None)
    if socket is not None:
        socket.settimeout(left)  # without this, every byte of a slow body would restart the read timeout
    part: bytes = raw.read1(PART, decode_content=True)
    return part
