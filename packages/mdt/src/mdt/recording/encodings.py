"""Texts within other texts: percent-encoded, JSON, XML."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

_ELEMENT = re.compile(r"(<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>)(<!\[CDATA\[)?([^<>\]]+)(?=\]\]>|</)")
_ATTRIBUTE = re.compile(r"""(\s(?:[\w.-]+:)?([\w.-]+)\s*=\s*)(["'])([^"'<>]+)\3""")
_SAFE = "-._~!$'()*,;:@/"


def again(encoded: str, redact: Callable[[str], str]) -> str:
    """Redacts percent-encoded text; what has no secret keeps its spelling."""
    text = unquote_plus(encoded) if "+" in encoded and "%" in encoded else unquote(encoded)
    redacted = redact(text)
    return encoded if redacted == text else quote(redacted, safe=_SAFE)


def json_of(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def with_xml(text: str, kind_of: Callable[[str], str | None], named: Callable[[str, str], str]) -> str:
    """Replaces the content of elements and attributes whose names say that it is a secret."""

    def element(found: re.Match[str]) -> str:
        kind = kind_of(found[2])
        return found[0] if not kind or not found[4].strip() else found[1] + (found[3] or "") + named(kind, found[4])

    def attribute(found: re.Match[str]) -> str:
        kind = kind_of(found[2])
        return found[0] if not kind else f"{found[1]}{found[3]}{named(kind, found[4])}{found[3]}"

    return _ATTRIBUTE.sub(attribute, _ELEMENT.sub(element, text))
