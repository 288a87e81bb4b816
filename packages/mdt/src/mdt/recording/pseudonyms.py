"""Pseudonyms: each secret value gets one name, `redacted-token-1`, the same wherever the value comes again.

The form has only characters that a URL, a header, a cookie, a form, JSON and XML carry unchanged (RFC 3986, 2.3), so that a
replayed client can send a token back that it was given. The map from values to names is in memory alone.
"""

import re
from collections import Counter
from threading import Lock

PSEUDONYM = re.compile(r"redacted-([a-z]+(?:-[a-z]+)*)-(\d+)(?:@example\.com)?")
LEARNED = 8  # characters from which on a value is replaced wherever it stands
_KIND = re.compile(r"[^a-z]+")


class Pseudonyms:
    """The names of one recording's secrets; many threads may use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers: dict[tuple[str, str], int] = {}
        self._kinds: dict[str, str] = {}  # by value: the kind that it was first seen as
        self._integers: set[int] = set()
        self.counts: Counter[str] = Counter()

    def name(self, kind: str, value: str) -> str:
        """The pseudonym of a text. A value that is known as another kind keeps its name."""
        if PSEUDONYM.fullmatch(value):
            return value
        kind, number = self._number(kind, value)
        return f"redacted-{kind}-{number}" + ("@example.com" if kind == "email" else "")

    def integer(self, kind: str, value: int) -> int:
        """The pseudonym of a number: as many digits, 1000…n."""
        if value in self._integers:
            return value
        _, number = self._number(kind, str(value))
        named = int(10 ** (len(str(abs(value))) - 1)) + number
        self._integers.add(named)
        return named

    def _number(self, kind: str, value: str) -> tuple[str, int]:
        with self._lock:
            kind = self._kinds.setdefault(value, _KIND.sub("-", kind.lower()).strip("-") or "secret")
            if (kind, value) not in self._numbers:
                self.counts[kind] += 1
                self._numbers[kind, value] = self.counts[kind]
            return kind, self._numbers[kind, value]

    def learned(self) -> list[tuple[str, str]]:
        """The long values with their kinds, the longest first."""
        with self._lock:
            return sorted(
                ((value, kind) for value, kind in self._kinds.items() if len(value) >= LEARNED),
                key=lambda one: -len(one[0]),
            )
