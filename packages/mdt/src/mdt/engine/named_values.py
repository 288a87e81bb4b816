"""Matchers for query, form and headers, where a name may have several values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mdt.engine.matchers import AllOf, Items, Matcher, Not, Test
from mdt.engine.messages import MISSING
from mdt.language import Words


@dataclass(frozen=True, slots=True)
class AnyValue:
    """Matches if one of the values matches."""

    inner: Matcher

    @property
    def size(self) -> int:
        return self.inner.size

    def matches(self, values: Any) -> bool:
        return any(self.inner.matches(value) for value in values or (MISSING,))

    def mismatches(self, values: Any, at: Words) -> Iterator[Words]:
        if not self.matches(values):
            yield from self.inner.mismatches((values or (MISSING,))[0], at)

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Leaves out that ?kind=a&kind=b has both values; the first route answers that."""
        return self.inner.choices(at)

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        yield at, self.matches


def for_values(matcher: Matcher) -> Matcher:
    """Turns the matcher of one value into one for all values of a name.

    One of them must match, and none may match a `not`. Several demands must match the same value, except for `not`.
    A list must match all values in order.
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
    """Query, form or headers: the values of each name."""

    keys: Mapping[str, Matcher]

    @property
    def size(self) -> int:
        return sum(matcher.size for matcher in self.keys.values()) or 1

    def matches(self, values: Any) -> bool:
        return all(matcher.matches(values.get(key, [])) for key, matcher in self.keys.items())

    def mismatches(self, values: Any, at: Words) -> Iterator[Words]:
        for key, matcher in self.keys.items():
            yield from matcher.mismatches(values.get(key, []), f"{at}{key}")

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for key, matcher in self.keys.items():
            yield from matcher.choices(f"{at}{key}")

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        """Tests one value, or none."""
        for key, matcher in self.keys.items():
            yield f"{at}{key}", partial(_accepts, matcher)


def _accepts(matcher: Matcher, value: Any) -> bool:
    return matcher.matches([] if value is MISSING else [value])
