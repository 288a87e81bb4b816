"""Values of templates as text and as JSON: moments in ISO 8601, long lists in pieces, undefined names as errors."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from jinja2 import Undefined

from mdt.engine import template_budget
from mdt.engine.messages import MISSING
from mdt.language import _

LONG = 100  # items of a list


def iso(moment: datetime) -> str:
    """Formats a moment as 2026-11-21T08:30:00Z, with milliseconds if there are any."""
    spec = "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=spec).replace("+00:00", "Z")


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Undefined):
        str(value)  # raises, with its own message
    if value is MISSING:
        raise ValueError(_("the request's body is no JSON"))
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterator):
        return list(value)
    raise TypeError(_("{kind} is no JSON value", kind=type(value).__name__))


_encode: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_as_json
).encode


def dumps(value: Any) -> str:
    """Compact JSON; moments as ISO text. Raises for undefined values and for those that JSON has no form for.

    A long list is encoded in pieces, because no other thread runs while the encoder works.
    """
    if isinstance(value, list) and len(value) > LONG:
        return f"[{','.join(_pieces(value))}]"
    if isinstance(value, dict) and _has_long_list(value):
        return f"{{{','.join(f'{_encode(key)}:{dumps(one)}' for key, one in value.items())}}}"
    return _encode(value)


def _pieces(items: list[Any]) -> Iterator[str]:
    """Rows of plain values together, others one by one."""
    for start in range(0, len(items), LONG):
        piece = items[start : start + LONG]
        if all(isinstance(one, dict) and not any(map(_is_nested, one.values())) for one in piece):
            yield _encode(piece)[1:-1]
        else:
            yield from map(dumps, piece)


def _is_nested(value: Any) -> bool:
    return len(value) > LONG if isinstance(value, str) else isinstance(value, list | dict)


def _has_long_list(value: dict[Any, Any]) -> bool:
    long = any(isinstance(one, list) and len(one) > LONG for one in value.values())
    return long and all(isinstance(key, str) for key in value)


def text_of(value: Any) -> Any:
    """A value inside a text: as in JSON, but texts have no quotes."""
    if isinstance(value, str | Undefined):
        return value
    if isinstance(value, datetime):
        return iso(value)
    template_budget.weigh(value)
    return dumps(value)
