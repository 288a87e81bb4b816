"""Finds secrets in files: in recordings whatever is no pseudonym, in files that people write what looks like a real one.

What counts as no secret: pseudonyms, templates (`{{ … }}`), variables (`${…}`), the values below, mail addresses of the
reserved names (RFC 2606, RFC 6761), numbers that repeat one digit, and what `recording.allow` of mdt.yaml matches.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mdt.engine.catalog import RecordingSettings
from mdt.recording.detectors import CERTAIN, entropy, find, own_detectors
from mdt.recording.key_rules import COOKIES, SECRET_HEADERS, kind_of_key
from mdt.recording.places import FOLDER
from mdt.recording.pseudonyms import PSEUDONYM

MAX_BYTES = 50_000_000
TEST_VALUES = frozenset(
    {
        *("4242424242424242", "4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"),
        *("30569309025904", "3566002020360505", "5105105105105100", "4012888888881881", "4000056655665556"),
        "11010519491231002X",  # the example of GB 11643-1999
        "13800138000",  # the service number of China Mobile
    }
)
RESERVED = re.compile(
    r"@(?:[\w-]+\.)*(?:example(?:\.(?:com|org|net|cn))?|test|invalid|localhost|internal|local)$", re.IGNORECASE
)
PLACEHOLDER = re.compile(
    r"test|example|demo|dummy|fake|sample|change|placeholder|secret|passw|xxx|\*\*|123456|token|mock|foo|your|todo|redacted|session",
    re.IGNORECASE,
)
_REPEATS = re.compile(r"(\d)\1{4}")
_PAIR = re.compile(r"""["']?([A-Za-z][\w.-]*)["']?\s*[:=]\s*["']?([^\s"',}\]&#]+)""")
_HEADER = re.compile(
    r"""^\s*["']?(authorization|proxy-authorization|cookie|set-cookie)["']?\s*:\s*["']?(.+)$""",
    re.IGNORECASE | re.MULTILINE,
)
_BASE64 = re.compile(r"""^\s*-?\s*["']?base64["']?\s*:\s*["']?([A-Za-z0-9+/=]+)""", re.M)  # noqa: FURB167
_SCALAR = re.compile(r"true|false|null|none|~|[|>][-+]?|[\[{(<].*|-?\d{1,5}(?:\.\d+)?|10*\d{1,4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret in a file; `shown` is enough to find it, and not the secret."""

    file: str
    line: int
    kind: str
    shown: str


def files_below(paths: list[Path]) -> Iterator[Path]:
    """The files to look through, hidden ones and caches left out."""
    for path in paths:
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        below = path if path.is_dir() else path.parent
        for one in found:
            parts = one.relative_to(below).parts
            if one.is_file() and "__pycache__" not in parts and not any(part.startswith(".") for part in parts):
                yield one


def scan(path: Path, settings: RecordingSettings = RecordingSettings()) -> list[Leak]:  # noqa: B008 - frozen
    """The leaks of one file, by line; none of binary files and of files larger than 50 MB. Raises OSError."""
    if path.stat().st_size > MAX_BYTES:
        return []
    data = path.read_bytes()
    if b"\0" in data:
        return []
    scanner = _Scanner(data.decode("utf-8", "replace"), settings, is_recording=path.parent.name == FOLDER)
    return [Leak(str(path), line, kind, _shown(value)) for line, kind, value in scanner.leaks()]


class _Scanner:
    def __init__(self, text: str, settings: RecordingSettings, *, is_recording: bool) -> None:
        self._text = text
        self._settings = settings
        self._is_recording = is_recording
        self._detectors = own_detectors(settings.patterns)
        self._allowed = [re.compile(pattern) for pattern in settings.allow]
        self._binary = [match.span(1) for match in _BASE64.finditer(text)]

    def leaks(self) -> list[tuple[int, str, str]]:
        """Line, kind and value; of a place that several rules find, the first."""
        found: dict[int, tuple[int, str, str]] = {}
        for start, kind, value in (*self._by_form(), *self._in_base64(), *self._in_headers(), *self._by_key()):
            line = self._text.count("\n", 0, start) + 1
            if not any(one[0] == line and value in one[2] for one in found.values()):
                found.setdefault(start, (line, kind, value))
        return sorted(found.values())

    def _by_form(self) -> Iterator[tuple[int, str, str]]:
        for one in find(self._text, self._detectors):
            value = self._text[one.start : one.end]
            encoded = any(start <= one.start < end for start, end in self._binary)
            named = one.kind == "secret" and PLACEHOLDER.search(_decoded(value))
            if not encoded and not named and not self._is_harmless(value):
                yield one.start, one.kind, value

    def _in_base64(self) -> Iterator[tuple[int, str, str]]:
        for start, end in self._binary:
            try:
                inner = base64.b64decode(self._text[start:end], validate=True).decode("latin-1")
            except (ValueError, binascii.Error):
                continue
            yield from ((start, one.kind, inner[one.start : one.end]) for one in find(inner, CERTAIN))

    def _in_headers(self) -> Iterator[tuple[int, str, str]]:
        """Credentials and cookies in the headers of recordings."""
        for match in _HEADER.finditer(self._text) if self._is_recording else ():
            name, value = match[1].lower(), match[2].rstrip("\"'")
            values = _cookies(name, value) if name in COOKIES else [value.rpartition(" ")[2]]
            yield from ((match.start(2), "token", one) for one in values if not self._is_harmless(one))

    def _by_key(self) -> Iterator[tuple[int, str, str]]:
        doubtful: Callable[[str], bool] = self._is_value if self._is_recording else self._looks_real
        for match in _PAIR.finditer(self._text):
            kind = SECRET_HEADERS.get(match[1].lower()) or kind_of_key(match[1], self._settings.keys)
            if kind and match[1].lower() not in ("authorization", "proxy-authorization") and doubtful(match[2]):
                yield match.start(2), kind, match[2]

    def _is_value(self, value: str) -> bool:
        return not _SCALAR.fullmatch(value) and not self._is_harmless(value)

    def _looks_real(self, value: str) -> bool:
        """Of base64 of a text, the text decides."""
        text = _decoded(value)
        mixed = any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and len(value) >= 12
        return mixed and entropy(text) >= 3.0 and not PLACEHOLDER.search(text) and self._is_value(value)

    def _is_harmless(self, value: str) -> bool:
        digits = re.sub(r"[ -]|^\+86", "", value)
        known = (
            PSEUDONYM.search(value) or RESERVED.search(value) or digits in TEST_VALUES or "{{" in value or "${" in value
        )
        number = digits.lstrip("+").isdigit() and (_REPEATS.search(digits) or "12345678" in digits)
        return bool(known or number or any(pattern.search(value) for pattern in self._allowed))


def _cookies(name: str, value: str) -> list[str]:
    pairs = value.split("; ")
    return [pair.partition("=")[2] for pair in (pairs[:1] if name == "set-cookie" else pairs) if "=" in pair]


def _decoded(value: str) -> str:
    """The text that base64 holds; the value itself if it is no such text."""
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        return value
    return text if text.isprintable() else value


def _shown(value: str) -> str:
    """The first characters: enough to find it."""
    line = value.splitlines()[0]
    return line if line.startswith("-----BEGIN") else f"{line[: min(4, len(line) // 3)]}…"
