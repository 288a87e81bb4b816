"""The `Idempotency-Key` header: in quotation marks, as the IETF's draft (-07, section 2.1) wants it, or bare, as most send it.

A key belongs to the user who sends it, and stands for one request of theirs: what was answered first is answered again.
"""

import re

from backend.core.errors import InvalidInputError
from backend.core.headers import IDEMPOTENCY_KEY
from backend.core.texts import _

LONGEST = 128
KEY = re.compile(rf'"([A-Za-z0-9._:-]{{1,{LONGEST}}})"|([A-Za-z0-9._:-]{{1,{LONGEST}}})')


class BadKeyError(InvalidInputError):
    """The header is no valid idempotency key."""

    code = "bad_idempotency_key"

    def __init__(self) -> None:
        msg = _(
            "A key has 1 to {longest} of the characters A-Z a-z 0-9 . _ : - and may stand in quotation marks.",
            longest=LONGEST,
        )
        super().__init__([{"loc": ["header", IDEMPOTENCY_KEY], "msg": msg, "type": "bad_key"}])


class KeyReusedError(InvalidInputError):
    """The idempotency key belongs to another request."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        msg = _("This key was used for another request.")
        super().__init__([{"loc": ["header", IDEMPOTENCY_KEY], "msg": msg, "type": "key_reused"}])


def read_key(header: str | None) -> str | None:
    """The key, None where there is no header; raises `BadKeyError`."""
    if header is None:
        return None
    found = KEY.fullmatch(header.strip())
    if found is None:
        raise BadKeyError
    return found[1] or found[2]
