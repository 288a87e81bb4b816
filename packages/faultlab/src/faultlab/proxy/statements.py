"""Statements as rules look at them: without the comments around them; the words that end a transaction, however written."""

import re
from collections.abc import Callable

MOST = 64 * 1024  # characters of a statement that are looked at

BEGINNING = re.compile(r"(?:\s|/\*(?!!).*?\*/|--[^\n]*(?:\n|\Z)|#[^\n]*(?:\n|\Z))*", re.DOTALL)
TAIL = r"(?:\s+(?:WORK|TRANSACTION))?(?:\s+AND\s+(?:NO\s+)?CHAIN)?(?:\s+(?:NO\s+)?RELEASE)?"
WHOLE = {
    "COMMIT": rf"(?:COMMIT|END){TAIL}",
    "ROLLBACK": rf"(?:ROLLBACK|ABORT){TAIL}",
    "BEGIN": r"(?:BEGIN|START\s+TRANSACTION)\b.*",
    "PING": r"PING",
}
WHOLE_STATEMENTS = {word: re.compile(pattern, re.IGNORECASE | re.DOTALL) for word, pattern in WHOLE.items()}

type Matches = Callable[[str], bool]


def read(raw: bytes | memoryview) -> str:
    """The text of a statement as it came over the wire; an empty one is a ping."""
    text = str(bytes(raw[: 4 * MOST]), "utf-8", "replace")[:MOST]
    return _without_end(text[_end_of_beginning(text) :]) or "PING"


def _end_of_beginning(text: str) -> int:
    found = BEGINNING.match(text)
    return found.end() if found else 0


def _without_end(text: str) -> str:
    while True:
        text = text.rstrip(" \t\r\n;\0")
        comment = text.rfind("/*") if text.endswith("*/") else -1
        if comment < 0:
            return text
        text = text[:comment]


def matcher(pattern: str | None) -> Matches:
    """Whether a text, as `read` gives it, is meant by a rule's pattern."""
    if pattern is None:
        return lambda _: True
    whole = WHOLE_STATEMENTS.get(pattern.strip().upper())
    if whole:
        return lambda text: whole.fullmatch(text) is not None
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.search(text) is not None


is_commit = matcher("COMMIT")
is_rollback = matcher("ROLLBACK")


def ends_transaction(text: str) -> bool:
    return is_commit(text) or is_rollback(text)
