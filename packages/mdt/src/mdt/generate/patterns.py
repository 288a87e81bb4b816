"""Texts that match a regular expression of a schema, in the dialect of JavaScript, short ones first.

Python's own parser of expressions gives the tree. (rstr builds on it too, but what it makes depends on the hash seed of the
process, and it knows no lengths.) A look-ahead is written out where it stands; who asks checks each text with the validator.
"""

import random
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MAX_LENGTH = 5_000
_EXTRA = (1, 0, 2, 3, 5, 8, 12, 16, 20, 24, 32, 40, 64, 128, 256, 1000)  # repetitions beyond the smallest number
_TRIES = 3
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_COMMON = _LETTERS + _LETTERS.upper() + "0123456789" + "-_ .,:;/+@#%&()=*!?'\"<>[]{}|\\^~`$"
_CATEGORIES: Mapping[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_NOT_DIGIT": lambda one: not one.isdecimal(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda one: not one.isspace(),
    "CATEGORY_WORD": lambda one: one.isalnum() or one == "_",
    "CATEGORY_NOT_WORD": lambda one: not (one.isalnum() or one == "_"),
}
_TRANSLATED = (  # JavaScript, Python
    (re.compile(r"\(\?<(?![=!])"), "(?P<"),
    (re.compile(r"\\k<"), "(?P="),
    (re.compile(r"\\u\{([0-9A-Fa-f]+)\}"), lambda found: re.escape(chr(int(found[1], 16)))),
    (re.compile(r"\\/"), "/"),
    (re.compile(r"\[\^\]"), r"[\\s\\S]"),
    (re.compile(r"\\c[A-Za-z]"), " "),
    (re.compile(r"\(\?[a-z]+\)"), ""),  # flags within an expression; what is made fits in small letters
)
_PROPERTIES = {
    "L": "a-zA-Z",
    "Lu": "A-Z",
    "Ll": "a-z",
    "N": "0-9",
    "Nd": "0-9",
    "P": "!-/",
    "S": "+<=>",
    "Z": " ",
    "Zs": " ",
}
_PROPERTY = re.compile(r"\\([pP])(?:\{(?:[A-Za-z_]+=)?\^?([A-Za-z_]+)\}|([A-Z]))")


def matching(pattern: str, low: int, high: int, rng: random.Random) -> Iterator[str]:
    """Candidates of `low` to `high` characters; none for an expression that Python does not read."""
    tree = _tree(pattern)
    if tree is None:
        return
    exact = range(min(high, 256)) if low == high else ()  # for one length every number of repetitions is tried
    short = []
    for text in _written(tree, (*_EXTRA, *exact), min(high, MAX_LENGTH), rng):
        if low <= len(text) <= high:
            yield text
        elif len(text) < low <= MAX_LENGTH:
            short.append(text)
    for text in short[:_TRIES]:  # letters around it match where the expression has no anchor
        pad = "".join(rng.choices(_LETTERS, k=low - len(text)))
        yield from (text + pad, pad + text)


def _written(tree: Any, extras: tuple[int, ...], limit: int, rng: random.Random) -> Iterator[str]:
    for extra in extras:
        for _try in range(_TRIES):
            text = _Writer(rng, extra, limit).text(tree)
            if text is None:
                break
            yield text


@cache
def _tree(pattern: str) -> Any:
    for found, python in _TRANSLATED:
        pattern = found.sub(python, pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # FutureWarning: possible nested set
            return parser.parse(_PROPERTY.sub(_property, pattern))
    except (re.error, RecursionError, OverflowError, ValueError):
        return None


def _property(found: re.Match[str]) -> str:
    """A class of Unicode, by what of it is ASCII; within brackets it stands bare."""
    name = found[2] or found[3]
    characters = (
        {"Han": "中文汉字", "IsHan": "中文汉字"}.get(name) or _PROPERTIES.get(name) or _PROPERTIES.get(name[0], "a-z")
    )
    before = found.string[: found.start()]
    inside = before.count("[") - before.count(r"\[") > before.count("]") - before.count(r"\]")
    return characters if inside and found[1] == "p" else f"[{'^' * (found[1] == 'P')}{characters}]"


class _TooLongError(Exception):
    """The text outgrew its limit."""


class _Writer:
    """Writes one text of a tree. `extra` is how often what may repeat does so beyond its smallest number."""

    def __init__(self, rng: random.Random, extra: int, limit: int) -> None:
        self._rng = rng
        self._extra = extra
        self._left = limit * 4 + 100
        self._groups: dict[int, str] = {}

    def text(self, tree: Any) -> str | None:
        try:
            return self._sequence(tree)
        except (_TooLongError, RecursionError):
            return None

    def _sequence(self, tree: Any) -> str:
        return "".join([self._one(kind.name, value) for kind, value in tree])

    def _one(self, kind: str, value: Any) -> str:
        self._left -= 1
        if self._left < 0:
            raise _TooLongError
        step = _STEPS.get(kind)
        return step(self, value) if step else ""

    def _repeat(self, value: Any) -> str:
        low, high, tree = value
        times = min(int(high), int(low) + self._extra)
        return "".join([self._sequence(tree) for _time in range(times)])

    def _group(self, value: Any) -> str:
        number, tree = value[0], value[-1]
        text = self._sequence(tree)
        if number is not None:
            self._groups[number] = text
        return text

    def _branch(self, value: Any) -> str:
        return self._sequence(self._rng.choice(value[1]))

    def _ahead(self, value: Any) -> str:
        direction, tree = value
        return self._sequence(tree) if direction > 0 else ""

    def _in(self, value: Any) -> str:
        return self._rng.choice(_fitting(tuple(value)))


@cache
def _fitting(value: tuple[tuple[Any, Any], ...]) -> str:
    """The usual characters that are in a set; one of its own if none of them is."""
    negated = value[0][0].name == "NEGATE"
    tests = [(kind.name, one) for kind, one in value if kind.name != "NEGATE"]
    fitting = [one for one in _COMMON if any(_is_in(one, *test) for test in tests) is not negated]
    if fitting or negated:
        return "".join(fitting) or "é"
    starts = (one if kind == "LITERAL" else one[0] for kind, one in tests if kind in {"LITERAL", "RANGE"})
    return chr(next(starts, 32))


def _is_in(one: str, kind: str, value: Any) -> bool:
    if kind == "LITERAL":
        return ord(one) == int(value)
    if kind == "RANGE":
        return bool(value[0] <= ord(one) <= value[1])
    return kind == "CATEGORY" and _CATEGORIES[value.name](one)


_STEPS: Mapping[str, Callable[[_Writer, Any], str]] = {
    "LITERAL": lambda _writer, value: chr(value),
    "NOT_LITERAL": lambda writer, value: writer._rng.choice(_LETTERS.replace(chr(value), "")),  # noqa: SLF001
    "ANY": lambda writer, _value: writer._rng.choice(_LETTERS),  # noqa: SLF001
    "IN": _Writer._in,  # noqa: SLF001
    "BRANCH": _Writer._branch,  # noqa: SLF001
    "SUBPATTERN": _Writer._group,  # noqa: SLF001
    "ATOMIC_GROUP": lambda writer, value: writer._sequence(value),  # noqa: SLF001
    "MAX_REPEAT": _Writer._repeat,  # noqa: SLF001
    "MIN_REPEAT": _Writer._repeat,  # noqa: SLF001
    "POSSESSIVE_REPEAT": _Writer._repeat,  # noqa: SLF001
    "ASSERT": _Writer._ahead,  # noqa: SLF001
    "GROUPREF": lambda writer, value: writer._groups.get(value, ""),  # noqa: SLF001
}
