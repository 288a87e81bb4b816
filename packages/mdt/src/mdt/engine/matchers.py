"""Matchers for one value: quick yes or no for the engine, mismatches in words for the report."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mdt.engine.messages import MISSING
from mdt.language import Words, _

SHOWN = 60  # characters of a value in a report


class Matcher(Protocol):
    """`matches` and `mismatches` always agree; `size` counts the single demands, for specificity."""

    @property
    def size(self) -> int: ...

    def matches(self, value: Any) -> bool: ...

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]: ...

    def constants(self, at: str) -> Iterator[tuple[str, Any]]:
        """Where it demands exactly one value: two matchers that differ there can never both match."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """One demand, with its wording."""

    expected: Words
    test: Callable[[Any], bool]
    constant: Any = MISSING
    size: int = 1

    def matches(self, value: Any) -> bool:
        return self.test(value)

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]:
        if not self.test(value):
            yield _("{at} expected {expected}, got {got}", at=at, expected=self.expected, got=shown(value))

    def constants(self, at: str) -> Iterator[tuple[str, Any]]:
        if self.constant is not MISSING:
            yield at, self.constant


@dataclass(frozen=True, slots=True)
class AllOf:
    """Several demands on the same value."""

    parts: tuple[Matcher, ...]

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    def matches(self, value: Any) -> bool:
        for part in self.parts:  # noqa: SIM110 - a generator costs more here
            if not part.matches(value):
                return False
        return True

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]:
        for part in self.parts:
            yield from part.mismatches(value, at)

    def constants(self, at: str) -> Iterator[tuple[str, Any]]:
        for part in self.parts:
            yield from part.constants(at)


@dataclass(frozen=True, slots=True)
class Not:
    """What does not match `inner`; `wanted` is how that is written."""

    inner: Matcher
    wanted: Any
    size: int = 1

    def matches(self, value: Any) -> bool:
        return not self.inner.matches(value)

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]:
        if not self.matches(value):
            expected = _("not {wanted}", wanted=shown(self.wanted))
            yield _("{at} expected {expected}, got {got}", at=at, expected=expected, got=shown(value))

    def constants(self, at: str) -> Iterator[tuple[str, Any]]:
        yield from ()


@dataclass(frozen=True, slots=True)
class Each:
    """An object: every key that is named matches; others are allowed."""

    keys: Mapping[str, Matcher]

    @property
    def size(self) -> int:
        return sum(matcher.size for matcher in self.keys.values()) or 1

    def matches(self, value: Any) -> bool:
        if not isinstance(value, Mapping):
            return False
        for key, matcher in self.keys.items():  # noqa: SIM110 - a generator costs more here
            if not matcher.matches(value.get(key, MISSING)):
                return False
        return True

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]:
        if not isinstance(value, Mapping):
            yield _("{at} expected {expected}, got {got}", at=at, expected=_("an object"), got=shown(value))
            return
        for key, matcher in self.keys.items():
            yield from matcher.mismatches(value.get(key, MISSING), f"{at}.{key}")

    def constants(self, at: str) -> Iterator[tuple[str, Any]]:
        for key, matcher in self.keys.items():
            yield from matcher.constants(f"{at}.{key}")


@dataclass(frozen=True, slots=True)
class Items:
    """A list of the same length, item by item."""

    items: Sequence[Matcher]

    @property
    def size(self) -> int:
        return sum(matcher.size for matcher in self.items) or 1

    def matches(self, value: Any) -> bool:
        if not isinstance(value, list) or len(value) != len(self.items):
            return False
        return all(matcher.matches(item) for matcher, item in zip(self.items, value, strict=True))

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]:
        if not isinstance(value, list) or len(value) != len(self.items):
            wanted = _("a list of {count}", count=len(self.items))
            yield _("{at} expected {expected}, got {got}", at=at, expected=wanted, got=shown(value))
            return
        for index, (matcher, item) in enumerate(zip(self.items, value, strict=True)):
            yield from matcher.mismatches(item, f"{at}[{index}]")

    def constants(self, at: str) -> Iterator[tuple[str, Any]]:
        for index, matcher in enumerate(self.items):
            yield from matcher.constants(f"{at}[{index}]")


@dataclass(frozen=True, slots=True)
class AnyValue:
    """A name of a query, a form or the headers may carry several values: one that matches is enough."""

    inner: Matcher

    @property
    def size(self) -> int:
        return self.inner.size

    def matches(self, values: Any) -> bool:
        return any(self.inner.matches(value) for value in values or (MISSING,))

    def mismatches(self, values: Any, at: Words) -> Iterator[Words]:
        if not self.matches(values):
            yield from self.inner.mismatches((values or (MISSING,))[0], at)

    def constants(self, at: str) -> Iterator[tuple[str, Any]]:
        """?kind=a&kind=b would satisfy two different demands; nobody sends that, and the first route answers."""
        return self.inner.constants(at)


def for_values(matcher: Matcher) -> Matcher:
    """The matcher of one value, for all values of a name: one of them fits, and of `not` none does.

    Demands beside each other are about one and the same value, except for `not`; a list is about all of them, in order.
    """
    if isinstance(matcher, Not):
        return Not(for_values(matcher.inner), matcher.wanted)
    if isinstance(matcher, AllOf):
        refusing = [part for part in matcher.parts if isinstance(part, Not)]
        fitting = tuple(part for part in matcher.parts if not isinstance(part, Not))
        return AllOf((*([AnyValue(AllOf(fitting))] if fitting else []), *map(for_values, refusing)))
    return matcher if isinstance(matcher, Items) else AnyValue(matcher)


@dataclass(frozen=True, slots=True)
class Names:
    """Query, form or headers: several values by name."""

    keys: Mapping[str, Matcher]

    @property
    def size(self) -> int:
        return sum(matcher.size for matcher in self.keys.values()) or 1

    def matches(self, values: Any) -> bool:
        return all(matcher.matches(values.get(key, [])) for key, matcher in self.keys.items())

    def mismatches(self, values: Any, at: Words) -> Iterator[Words]:
        for key, matcher in self.keys.items():
            yield from matcher.mismatches(values.get(key, []), f"{at}{key}")

    def constants(self, at: str) -> Iterator[tuple[str, Any]]:
        for key, matcher in self.keys.items():
            yield from matcher.constants(f"{at}{key}")


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def shown(value: Any) -> Words:
    """A value in a report, cut when it is long."""
    if value is MISSING:
        return _("nothing")
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
