"""A route's `match`: matchers for names with several values, and a verdict for each part of a request."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mdt.engine.document_matchers import Unordered
from mdt.engine.matchers import AllOf, Items, Matcher, Not, Test
from mdt.engine.messages import MISSING, Request
from mdt.engine.outcome import Criterion
from mdt.engine.request_parts import PARTS
from mdt.language import Words, clauses


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
    return matcher if isinstance(matcher, Items | Unordered) else AnyValue(matcher)


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


@dataclass(frozen=True, slots=True)
class RequestMatch:
    """All parts must match. A route without `match` has an empty one."""

    parts: tuple[tuple[str, Matcher], ...] = ()

    @property
    def size(self) -> int:
        return sum(matcher.size for _, matcher in self.parts)

    def matches(self, request: Request) -> bool:
        for part, matcher in self.parts:  # noqa: SIM110 - a generator costs more here
            if not matcher.matches(PARTS[part][0](request)):
                return False
        return True

    def criteria(self, request: Request) -> Iterator[Criterion]:
        """The verdict for each part that the route looks at."""
        for part, matcher in self.parts:
            read, root = PARTS[part]
            wrong = list(matcher.mismatches(read(request), root))
            yield Criterion(part, not wrong, clauses(wrong))

    def excludes(self, other: "RequestMatch") -> bool:
        """Whether it is certain that no request matches both: at some place one accepts only a few values, and the other none of them."""
        return self._leaves_none(other) or other._leaves_none(self)  # noqa: SLF001 - our own

    def _leaves_none(self, other: "RequestMatch") -> bool:
        tests: dict[str, list[Test]] = defaultdict(list)
        for part, matcher in other.parts:
            for place, test in matcher.tests(f"{part}:"):
                tests[place].append(test)
        return any(
            all(not test(choice) for choice in choices)
            for part, matcher in self.parts
            for place, choices in matcher.choices(f"{part}:")
            for test in tests[place]
        )
