"""Text cut into the deltas of a stream."""

import re

_PIECE = re.compile(r"\s*\S{1,12}", re.DOTALL)


def pieces(text: str, size: int | None = None) -> list[str]:
    """`text` in pieces of `size` characters; by default word by word, as models' tokens come. None for empty text."""
    if size is not None:
        return [text[start : start + size] for start in range(0, len(text), size)]
    words = _PIECE.findall(text)
    rest = text[sum(map(len, words)) :]
    return [*words, rest] if rest else words
