"""One byte form and digest for requests that mean the same, in every process and on every machine."""

import hashlib
import json
from typing import Any

from balancer.wire import json_text


def canonical(body: dict[str, Any], *, without: frozenset[str] = frozenset()) -> bytes:
    """The body as JSON with sorted keys and no spaces, its top-level keys in `without` left out.

    ValueError for NaN and infinities.
    """
    kept = {key: value for key, value in body.items() if key not in without}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return json_text.to_bytes(text)


def digest(body: dict[str, Any], *, without: frozenset[str] = frozenset()) -> str:
    """The SHA-256 of the canonical body, in hexadecimal."""
    return hashlib.sha256(canonical(body, without=without)).hexdigest()
