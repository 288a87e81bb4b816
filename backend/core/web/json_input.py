"""Reads JSON strictly from raw bytes: refuses what two parsers could read differently.

Refused with 400: an empty body, another charset than UTF-8, a broken document, duplicate names, NaN and Infinity, numbers
beyond a double, nesting too deep for the parser, NUL characters and lone surrogates (RFC 8259 sections 4, 6, 8; OWASP ASVS 1.5.3).
"""

import json
import math
from typing import Any, Never

from backend.core.errors import BadRequestError
from backend.core.texts import _


def check_json(raw: bytes) -> None:
    """Raise `BadRequestError`, saying why, unless every parser reads `raw` alike."""
    if not raw.strip():
        raise BadRequestError(_("The request body is empty; send a JSON object."))
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_not_json, parse_float=_finite)
        if "\\u" in text:
            _check_characters(value)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise BadRequestError(_("The request body is not valid JSON in UTF-8.")) from None


def check_text(value: str) -> None:
    """Raise `BadRequestError` if a query string or header value has a character that no database stores."""
    if "\x00" in value:
        raise BadRequestError(_("The request carries a NUL character."))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadRequestError(_("The request body names a member twice."))
    return members


def _not_json(name: str) -> Never:
    raise BadRequestError(_("The request body carries {name}, which is not JSON.", name=name))


def _finite(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise BadRequestError(_("The request body carries a number that is too large."))
    return number


def _check_characters(value: Any) -> None:
    """Check the decoded text: escapes can express what raw UTF-8 cannot."""
    text = json.dumps(value, ensure_ascii=False)
    if "\\u0000" in text.replace("\\\\", ""):
        raise BadRequestError(_("The request body carries a NUL character."))
    text.encode("utf-8")  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
