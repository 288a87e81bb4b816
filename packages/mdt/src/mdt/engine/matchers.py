"""Matchers for one value: they tell whether it matches, and in words why not."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mdt.engine.messages import MISSING
from mdt.language import Words, _

SHOWN = 60  # characters of a value in a report
type Test = Callable[[Any], bool]


class Matcher(Protocol):
    """`mismatches` yields nothing exactly if `matches` is true. `size` counts the demands: more make a route more specific."""

    @property
    def size(self) -> int: ...

    def matches(self, value: Any) -> bool: ...

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]: ...

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """The places where it accepts only these values; MISSING means that there is no value."""
        ...

    def tests(self, at: str) -> Iterator[tuple[str, "Test"]]:
        """The test of each place."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """One demand. `expected` describes it; `only` lists the accepted values if there are few."""

    expected: Words
    test: Test
    only: tuple[Any, ...] = ()
    size: int = 1

    def matches(self, value: Any) -> bool:
        return self.test(value)

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]:
        if not self.test(value):
            yield _("{at} expected {expected}, got {got}", at=at, expected=self.expected, got=shown(value))

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        if self.only:
            yield at, self.only

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        yield at, self.matches


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these must match the same value."""

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

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for part in self.parts:
            yield from part.choices(at)

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        yield at, self.matches
        for part in self.parts:
            yield from part.tests(at)


@dataclass(frozen=True, slots=True)
class Not:
    """Matches if `inner` does not; `wanted` is how the definition writes it."""

    inner: Matcher
    wanted: Any
    size: int = 1

    def matches(self, value: Any) -> bool:
        return not self.inner.matches(value)

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]:
        if not self.matches(value):
            expected = _("not {wanted}", wanted=shown(self.wanted))
            yield _("{at} expected {expected}, got {got}", at=at, expected=expected, got=shown(value))

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        yield from ()

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        yield at, self.matches


@dataclass(frozen=True, slots=True)
class Each:
    """An object whose named keys match; it may have other keys."""

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

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for key, matcher in self.keys.items():
            yield from matcher.choices(f"{at}.{key}")

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        yield at, self.matches
        for key, matcher in self.keys.items():
            yield from matcher.tests(f"{at}.{key}")


@dataclass(frozen=True, slots=True)
class Items:
    """A list of the same length whose items match one by one."""

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

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for index, matcher in enumerate(self.items):
            yield from matcher.choices(f"{at}[{index}]")

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        yield at, self.matches
        for index, matcher in enumerate(self.items):
            yield from matcher.tests(f"{at}[{index}]")


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
    """A value as reports show it, cut if it is long."""
    if value is MISSING:
        return _("nothing")
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
