"""Checks the key `recording` of mdt.yaml."""

import re
from collections.abc import Callable
from typing import Any

from mdt.engine.catalog import RecordingSettings
from mdt.language import _


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError(_("a list of texts"))
    return tuple(value)


def _kinds(value: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(value, list):
        return tuple((one, "secret") for one in _texts(value))
    if not isinstance(value, dict) or not all(isinstance(one, str) and one for one in value.values()):
        raise ValueError(_("a mapping of texts"))
    return tuple(value.items())


def _patterns(value: Any) -> tuple[tuple[str, str], ...]:
    pairs = _kinds(value)
    _compiled(pattern for _kind, pattern in pairs)
    return pairs


def _regexes(value: Any) -> tuple[str, ...]:
    return _compiled(_texts(value))


def _compiled(patterns: Any) -> tuple[str, ...]:
    found = tuple(patterns)
    for pattern in found:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(
                _("regular expressions; {source!r} is none: {error}", source=pattern, error=error)
            ) from None
    return found


def _size(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 100_000_000:
        raise ValueError(_("a number of bytes up to 100000000"))
    return value


KEYS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "headers": ("headers", _texts),
    "keys": ("keys", _kinds),
    "patterns": ("patterns", _patterns),
    "allow": ("allow", _regexes),
    "maxBody": ("max_body", _size),
}


def recording_settings(value: Any) -> RecordingSettings:
    """Raises ValueError with what is wanted."""
    if not isinstance(value, dict) or not set(value) <= set(KEYS):
        raise ValueError(_("a mapping with the keys {keys}", keys=", ".join(KEYS)))
    fields = {}
    for key, given in value.items():
        field, check = KEYS[key]
        try:
            fields[field] = check(given)
        except ValueError as error:
            raise ValueError(_("a mapping whose {key!r} is {wanted}", key=key, wanted=error)) from None
    return RecordingSettings(**fields)
