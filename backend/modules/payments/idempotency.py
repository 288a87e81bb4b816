"""The `Idempotency-Key` header: in quotation marks, as the IETF's draft (-07, section 2.1) wants it, or bare, as most send it."""

import re

from backend.modules.payments.errors import BadKeyError

KEY = re.compile(r'"([A-Za-z0-9._:-]{1,128})"|([A-Za-z0-9._:-]{1,128})')


def read_key(header: str | None) -> str | None:
    """The key, None where there is no header; raises `BadKeyError`."""
    if header is None:
        return None
    found = KEY.fullmatch(header.strip())
    if found is None:
        raise BadKeyError
    return found[1] or found[2]
