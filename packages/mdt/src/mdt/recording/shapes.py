"""Shapes of values: ids and times that are made anew for each call, so that another one of the same shape means the same."""

import re
from datetime import datetime

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_HTTP_DATE = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
_HEX = re.compile(r"(?=.*\d)[0-9a-f]{16,}", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,20}")
_PREFIXED = re.compile(r"([A-Za-z]+[-_]?)\d[\w-]*")
_SINCE, _UNTIL = 1_000_000_000, 4_000_000_000  # seconds: 2001 to 2096


def shape_of(value: object) -> str | None:
    """Of a text uuid, ulid, time or hex, of a number epoch; None for all else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if not isinstance(value, str):
        return "epoch" if _SINCE <= value < _UNTIL or _SINCE * 1000 <= value < _UNTIL * 1000 else None
    forms = (("uuid", _UUID), ("ulid", _ULID), ("time", _TIME), ("time", _HTTP_DATE), ("hex", _HEX))
    return next((name for name, pattern in forms if pattern.fullmatch(value)), None)


def id_shape(segment: str) -> str | None:
    """The shape of a path's segment that may be an id: those of `shape_of`, "number", or a prefix ("ord-"); None for a word."""
    if found := shape_of(segment):
        return found
    if _NUMBER.fullmatch(segment):
        return "number"
    prefixed = _PREFIXED.fullmatch(segment)
    return prefixed[1] if prefixed and not re.fullmatch(r"v\d+", segment) else None


def is_near(value: object, at: str, seconds: float = 600) -> bool:
    """Whether a time is about that of the call, `at`."""
    try:
        return abs((_moment(value) - _moment(at)).total_seconds()) < seconds
    except (TypeError, ValueError, OverflowError, OSError):
        return False


def _moment(value: object) -> datetime:
    from datetime import UTC

    if isinstance(value, str):
        found = datetime.fromisoformat(value)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    number = float(value)  # type: ignore[arg-type]
    return datetime.fromtimestamp(number / (1000 if number > _UNTIL else 1), UTC)
