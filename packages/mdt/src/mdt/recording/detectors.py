"""Finds secrets by their form: tokens, keys, cards (Luhn), Chinese identity numbers (checksum), phones, e-mails."""

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Detector:
    """One form. Group 1 of the pattern, or all of it, is the secret; `check` decides about what only looks like it."""

    kind: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool] = bool


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret in a text, from `start` to `end`."""

    kind: str
    start: int
    end: int


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B: the check digit of payment cards."""
    digits = [int(one) for one in number if one.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) if place % 2 else digit for place, digit in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and sum(doubled) % 10 == 0


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def china_id(number: str) -> bool:
    """GB 11643-1999: area, date of birth, sequence, and a check digit by ISO 7064 MOD 11-2."""
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11]
    try:
        born = datetime.strptime(number[6:14], "%Y%m%d")  # noqa: DTZ007 - a date alone
    except ValueError:
        return False
    return born.year >= 1880 and check == number[-1].upper()


def entropy(text: str) -> float:
    """Shannon's entropy in bits for each character."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


RANDOM = 4.0  # bits; random base64 of 24 characters has about 4.2, words and hexadecimal digits have less


def is_random(text: str) -> bool:
    """Whether it looks like a key: upper and lower case and digits mixed, with much entropy. UUIDs and hashes do not."""
    core = text.rstrip("=")
    classes = (any(map(str.islower, core)), any(map(str.isupper, core)), sum(map(str.isdigit, core)) >= 2)
    return all(classes) and entropy(core) >= RANDOM


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _is_basic(text: str) -> bool:
    try:
        return b":" in base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return False


_KEYS = (
    r"sk-(?!mdt-)[A-Za-z0-9_-]{16,}"  # OpenAI, Anthropic, DeepSeek
    r"|[srp]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{16,}"  # Stripe
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|LTAI[A-Za-z0-9]{12,}|AKID[A-Za-z0-9]{28,}"  # Amazon, Alibaba, Tencent
    r"|AIza[0-9A-Za-z_-]{35}|xox[abprs]-[A-Za-z0-9-]{10,}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,}"
    r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
)
DETECTORS: tuple[Detector, ...] = (
    Detector(
        "key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
    ),
    Detector("token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")),
    Detector("key", re.compile(rf"(?<![A-Za-z0-9_-])(?:{_KEYS})")),
    Detector("token", re.compile(r"\bBasic\s+([A-Za-z0-9+/]{6,}={0,2})", re.IGNORECASE), _is_basic),
    Detector("token", re.compile(r"\bBearer\s+([A-Za-z0-9._~+/-]{8,}=*)", re.IGNORECASE), _has_digit),
    Detector("password", re.compile(r"(?<=://)[^/\s:@\"']+:([^/\s@\"']+)(?=@)")),
    Detector("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b")),
    Detector("id-card", re.compile(r"(?<![\w.-])[1-9]\d{16}[\dXx](?![\w.-])", re.ASCII), china_id),
    Detector(
        "card",
        re.compile(r"(?<![\w.-])(?:2[2-7]|3[0-9]|4\d|5[0-9]|6[0-9])\d{2}(?:[ -]?\d){9,15}(?![\w-])", re.ASCII),
        luhn,
    ),
    Detector("phone", re.compile(r"(?<![\w.+-])(?:\+?86[- ]?)?1[3-9]\d{9}(?![\w-])", re.ASCII)),
    Detector("phone", re.compile(r"(?<![\w.+-])\+[1-9]\d{0,2}[- ]?\d(?:[- ]?\d){6,11}(?![\w-])", re.ASCII)),
    Detector(
        "secret", re.compile(r"(?<![A-Za-z0-9+/_=.-])[A-Za-z0-9+/_-]{24,512}={0,2}(?![A-Za-z0-9+/_=-])"), is_random
    ),
)

CERTAIN = DETECTORS[:3]
"""Forms that hardly come by chance, also in binary data."""


def find(text: str, detectors: tuple[Detector, ...] = DETECTORS) -> Iterator[Finding]:
    """The secrets of a text from left to right, none inside another; an earlier detector wins."""
    found: list[Finding] = []
    for detector in detectors:
        for match in detector.pattern.finditer(text):
            group = 1 if detector.pattern.groups else 0
            start, end = match.span(group)
            if detector.check(match[group]) and all(end <= one.start or start >= one.end for one in found):
                found.append(Finding(detector.kind, start, end))
    yield from sorted(found, key=lambda one: one.start)


def own_detectors(patterns: tuple[tuple[str, str], ...]) -> tuple[Detector, ...]:
    """Detectors from pairs of a kind and a regular expression, before the usual ones."""
    return (*(Detector(kind, re.compile(pattern)) for kind, pattern in patterns), *DETECTORS)
