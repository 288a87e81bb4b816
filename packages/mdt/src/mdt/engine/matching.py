"""A route's `match`: the parts of a request that it looks at, and a verdict for each."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mdt.engine.matchers import Matcher, Test
from mdt.engine.messages import Request
from mdt.engine.outcome import Criterion
from mdt.language import Words, _, clauses


def _headers(request: Request) -> dict[str, list[str]]:
    """Each header's whole value, then its comma-separated parts."""
    return {name: [value, *map(str.strip, value.split(","))] for name, value in request.headers.items()}


PARTS: dict[str, tuple[Callable[[Request], Any], Words]] = {  # how to read it, and the name of its root in reports
    "query": (lambda request: request.args, "?"),
    "headers": (_headers, ""),
    "form": (lambda request: request.form, ""),
    "json": (lambda request: request.json, "$"),
    "text": (lambda request: request.text, _("the body")),
}


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
