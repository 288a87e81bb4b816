"""The keywords of matcher objects, each with the function that builds its matcher.

`text` is true for query, headers, form and text, where every value is text: 10 means "10", `type: integer` means
digits. The functions raise ValueError with the reason if the keyword's value is wrong.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import regex

from mdt.engine.document_matchers import json_schema
from mdt.engine.matchers import Leaf, Matcher, same, shown
from mdt.engine.messages import MISSING
from mdt.language import _, either

SECONDS = 0.05
MAX_LENGTH = 2_000


class BoundedPattern:
    """A regular expression with a time limit. It searches anywhere in the text, like `pattern` of JSON Schema.

    `search` raises TimeoutError after 50 ms; `matches` then returns False.
    """

    __slots__ = ("_pattern", "source")

    def __init__(self, source: str) -> None:
        """Raises ValueError if the pattern is invalid or too long."""
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
        """Whether it is found; False if the search takes too long."""
        try:
            return self.search(text)
        except TimeoutError:
            return False


TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: _is_number(value) and value == value // 1,
    "number": lambda value: _is_number(value),  # noqa: PLW0108 - defined below
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
TEXT_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, str) and _INTEGER.fullmatch(value) is not None,
    "number": lambda value: _number(value) is not None,
    "boolean": lambda value: value in {"true", "false"},
}


def equals(wanted: Any, *, text: bool) -> Leaf:
    wanted = as_text(wanted) if text else wanted
    return Leaf(shown(wanted), lambda value: same(value, wanted), (wanted,))


def of_type(wanted: Any, *, text: bool) -> Leaf:
    table = TEXT_TYPES if text else TYPES
    names = wanted if isinstance(wanted, list) else [wanted]
    unknown = [name for name in names if not isinstance(name, str) or name not in table]
    if unknown or not names:
        given = shown(unknown[0]) if unknown else "[]"
        raise ValueError(_("`type` is one of {names}, not {given}", names=", ".join(table), given=given))
    tests = [table[name] for name in names]
    test = tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)
    return Leaf(either(names), test)


def matching_regex(wanted: Any, *, text: bool) -> Leaf:  # noqa: ARG001
    if not isinstance(wanted, str):
        raise ValueError(_("`regex` is a text, not {given}", given=shown(wanted)))  # noqa: TRY004 - of the definition
    pattern = BoundedPattern(wanted)
    words = _("/{pattern}/ (within 50 ms)", pattern=wanted)
    return Leaf(words, lambda value: isinstance(value, str) and pattern.matches(value))


def minimum(wanted: Any, *, text: bool) -> Leaf:
    limit = _limit("min", wanted)
    read = _number if text else _own_number
    words = _("at least {limit}", limit=shown(limit))
    return Leaf(words, lambda value: (number := read(value)) is not None and number >= limit)


def maximum(wanted: Any, *, text: bool) -> Leaf:
    limit = _limit("max", wanted)
    read = _number if text else _own_number
    words = _("at most {limit}", limit=shown(limit))
    return Leaf(words, lambda value: (number := read(value)) is not None and number <= limit)


def one_of(wanted: Any, *, text: bool) -> Leaf:
    if not isinstance(wanted, list) or not wanted:
        raise ValueError(_("`oneOf` is a list of values, not {given}", given=shown(wanted)))
    choices = [as_text(item) if text else item for item in wanted]
    words = _("one of {choices}", choices=shown(choices))
    return Leaf(words, lambda value: any(same(value, choice) for choice in choices), tuple(choices))


def present(wanted: Any, *, text: bool) -> Leaf:  # noqa: ARG001
    _only_true("any", wanted)
    return Leaf(_("any value"), lambda value: value is not MISSING)


def absent(wanted: Any, *, text: bool) -> Leaf:  # noqa: ARG001
    _only_true("absent", wanted)
    return Leaf(_("nothing"), lambda value: value is MISSING, (MISSING,))


def of_length(wanted: Any, *, text: bool) -> Leaf:  # noqa: ARG001
    limits = wanted if isinstance(wanted, Mapping) else {"min": wanted, "max": wanted}
    if not limits or set(limits) - {"min", "max"}:
        raise ValueError(_("`length` is a number, or {{min:, max:}}"))
    least, most = _limit("length", limits.get("min", 0)), limits.get("max")
    most = float("inf") if most is None else _limit("length", most)
    words = _("a length of {wanted}", wanted=shown(wanted))
    return Leaf(words, lambda value: isinstance(value, str | list | Mapping) and least <= len(value) <= most)


KEYWORDS: dict[str, Callable[..., Matcher]] = {
    "equals": equals,
    "type": of_type,
    "regex": matching_regex,
    "any": present,
    "absent": absent,
    "min": minimum,
    "max": maximum,
    "oneOf": one_of,
    "length": of_length,
    "jsonSchema": json_schema,
}
NESTED = ("contains", "not", "unordered", "jsonPath")  # their value holds matchers


def contains(inner: Matcher, wanted: Any) -> Leaf:
    """Matches a text that contains `wanted`, or a list with an item that matches `inner`."""

    def test(value: Any) -> bool:
        if isinstance(value, str):
            return isinstance(wanted, str) and wanted in value
        return isinstance(value, list) and any(inner.matches(item) for item in value)

    return Leaf(_("something that contains {wanted}", wanted=shown(wanted)), test)


def as_text(value: Any) -> Any:
    """A scalar as it stands in a query; other values stay as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _only_true(word: str, wanted: Any) -> None:
    if wanted is not True:
        raise ValueError(_("`{word}` is always true: `{word}: true`", word=word))


def _limit(word: str, wanted: Any) -> float:
    if not _is_number(wanted):
        raise ValueError(_("`{word}` is a number, not {given}", word=word, given=shown(wanted)))
    return float(wanted) if isinstance(wanted, float) else wanted


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _own_number(value: Any) -> float | None:
    return value if _is_number(value) else None


def _number(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
