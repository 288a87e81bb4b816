"""The `Idempotency-Key` header: in quotation marks, as the IETF's draft (-07, section 2.1) wants it, or bare, as most send it.

A key belongs to the user who sends it, and stands for one request of theirs: what was answered first is answered again.
"""

import re

from flask import Response, after_this_request

from backend.core.errors import InvalidInputError

HEADER = "Idempotency-Key"
LONGEST = 128
KEY = re.compile(rf'"([A-Za-z0-9._:-]{{1,{LONGEST}}})"|([A-Za-z0-9._:-]{{1,{LONGEST}}})')


class BadKeyError(InvalidInputError):
    """The idempotency key cannot be one."""

    def __init__(self) -> None:
        msg = f"A key has 1 to {LONGEST} of the characters A-Z a-z 0-9 . _ : - and may stand in quotation marks."
        super().__init__([{"loc": ["header", HEADER], "msg": msg, "type": "bad_key"}])


class KeyReusedError(InvalidInputError):
    """The idempotency key belongs to another request."""

    def __init__(self) -> None:
        msg = "This key was used for another request."
        super().__init__([{"loc": ["header", HEADER], "msg": msg, "type": "key_reused"}])


def read_key(header: str | None) -> str | None:
    """The key, None where there is no header; raises `BadKeyError`."""
    if header is None:
        return None
    found = KEY.fullmatch(header.strip())
    if found is None:
        raise BadKeyError
    return found[1] or found[2]


def mark_replayed() -> None:
    """Say with the answer to this request that it was given before."""
    after_this_request(_marked)


def _marked(response: Response) -> Response:
    response.headers["Idempotent-Replayed"] = "true"
    return response
