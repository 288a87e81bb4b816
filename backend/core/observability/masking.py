"""Keeps secrets out of the log: masks them by field name, and by pattern inside a text."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from pydantic import BaseModel

MASK = "***"
SECRET_NAMES = re.compile(
    r"authorization|cookie|secret|password|passwd|token|session_?key|js_?code|api[_-]?key|signature|encrypted|credential|^code$|phone|openid|unionid",
    re.IGNORECASE,
)
NAMED = r"(?<![\w-])[\w-]{0,40}(?:secret|token|js_?code|session_?key|password|passwd|pwd|api[_-]?key|signature|credential|openid|unionid|phone(?:_?number)?)s?"
IS = r"(?:\\*[\"'])?\s{0,3}(?:=>|[=:]|%3D|>(?=\S))\s{0,3}+"  # what stands between a name and its value; also in text within text
QUOTED = r"[bru]?(?P<quote>\\*[\"'])(?:(?!(?P=quote))(?:\\.|.))+"
LISTED = r"[\[({][^\])}\r\n]+"
BARE = r"(?:<!\[CDATA\[)?(?!bearer\b|basic\b)(?:(?!%26)[^&\s\"',;}<\\])+"
SECRET_TEXTS = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        MASK,
    ),
    (re.compile(r"(?i)\b((?:bearer|basic)\s+)[\w.~+/=-]+"), rf"\1{MASK}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), MASK),
    (
        re.compile(rf"(?i)(\b(?:authorization|cookie){IS})(?!bearer|basic)(?:{QUOTED}|{LISTED}|[^\r\n]+)"),
        rf"\1\g<quote>{MASK}",
    ),
    (re.compile(rf"(?i)({NAMED}{IS})(?:{QUOTED}|{LISTED}|{BARE})"), rf"\1\g<quote>{MASK}"),
    (re.compile(r"(?i)([?&](?:code|key|sign|sig)=)[^&\s\"']+"), rf"\1{MASK}"),
    (re.compile(r"(://[^:/@\s]*:)[^/\s]+@"), rf"\1{MASK}@"),
    # what MySQL and PostgreSQL say of a duplicate
    (re.compile(r"(Duplicate entry ')(?:\\.|[^'])*|(Key \([^)\n]*\)=\()[^)\n]*"), rf"\1\2{MASK}"),
)
SUSPICIOUS = re.compile(
    r"[=:>%\s]|eyJ"
)  # every pattern needs one of these; paths and addresses, most of what is logged, have none
MAX_DEPTH = 6
PLAIN = int | float | date | time | UUID | None


def mask(value: Any, depth: int = 0) -> Any:
    """`value` without its secrets; containers and records are copied, other objects become their masked repr."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, PLAIN):
        return value
    return "..." if depth > MAX_DEPTH else _mask_parts(_members(value), depth + 1)


def _members(value: Any) -> Any:
    """A record as a mapping, so that its fields are masked by their names."""
    if isinstance(value, BaseModel):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return value


def _mask_parts(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {str(name): MASK if _secret(str(name)) else mask(item, depth) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask(item, depth) for item in value]
    return mask_text(repr(value))


def mask_text(text: str) -> str:
    """`text` with everything masked that looks like a secret."""
    if len(text) < 8 or not SUSPICIOUS.search(text):
        return text
    for pattern, replacement in SECRET_TEXTS:
        text = pattern.sub(replacement, text)
    return text


def _secret(name: str) -> bool:
    return SECRET_NAMES.search(name) is not None
