"""Patterns from definitions, with a limit on the time that one search may take."""

import regex

from mdt.language import _

SECONDS = 0.05
MAX_LENGTH = 2_000


class BoundedPattern:
    """Searches anywhere in the text, as JSON Schema's `pattern` does; anchors are the pattern's own.

    A search that backtracks for longer than 50 ms counts as no match: `search` then raises TimeoutError.
    """

    __slots__ = ("_pattern", "source")

    def __init__(self, source: str) -> None:
        """Raises ValueError when the pattern is none, or too long."""
        if len(source) > MAX_LENGTH:
            raise ValueError(_("the pattern is longer than {limit} characters", limit=MAX_LENGTH))
        try:
            self._pattern = regex.compile(source)
        except regex.error as error:
            raise ValueError(_("{source!r} is no regular expression: {error}", source=source, error=error)) from None
        self.source = source

    def search(self, text: str) -> bool:
        return self._pattern.search(text, timeout=SECONDS) is not None

    def matches(self, text: str) -> bool:
        """The same, with a search that takes too long as no match."""
        try:
            return self.search(text)
        except TimeoutError:
            return False
