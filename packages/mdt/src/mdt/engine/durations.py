"""Parses a duration: 80ms, 1.5s, 2m, 1h, or a number of seconds."""

import re
from typing import Any

from mdt.language import _

LONGEST = 86_400.0  # seconds
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_WRITTEN = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h)", re.ASCII)


def seconds(value: Any) -> float:
    """The seconds of a duration. Raises ValueError if it is invalid or longer than a day."""
    amount = _amount(value)
    if amount is None or not 0 <= amount <= LONGEST:
        raise ValueError(
            _("{value!r} is no duration up to a day: write 80ms, 1.5s, 2m or a number of seconds", value=value)
        )
    return amount


def _amount(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    return float(found[1]) * _UNITS[found[2]] if found else None
