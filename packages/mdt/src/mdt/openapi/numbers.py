"""Numbers of YAML that know how they were written, and what becomes of them."""

import json
from typing import Any


class WrittenInt(int):
    """A whole number whose `text` is not what Python would write: 044925."""

    text: str


class WrittenFloat(float):
    """The same for other numbers: 1e5, 100.00."""

    text: str


def written(number: float, text: str) -> int | float:
    kept = WrittenInt(number) if isinstance(number, int) else WrittenFloat(number)
    kept.text = text
    return kept


def as_text(value: Any) -> str:
    """A scalar as it was written."""
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.text
    return json.dumps(value)


def plain(value: Any) -> Any:
    """A copy without written texts. Shared parts are copied each time, so the size is that of the expanded value."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, WrittenInt):
        return int(value)
    return float(value) if isinstance(value, WrittenFloat) else value
