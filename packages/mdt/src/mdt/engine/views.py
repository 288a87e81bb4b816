"""Matchers for what an expression selects from a value: JSONPath, XPath, the texts of multipart parts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from mdt.engine.matchers import Matcher, Test
from mdt.engine.messages import MISSING
from mdt.language import Words


@dataclass(frozen=True, slots=True)
class View:
    """`inner` must match what `read` takes from the value. `several`: `read` returns a list of values."""

    expression: str
    read: Callable[[Any], Any]
    inner: Matcher
    several: bool = True

    def matches(self, value: Any) -> bool:
        return self.inner.matches(self.read(value))

    def accepts(self, choice: Any) -> bool:
        """Whether it would match if the expression selected this alone."""
        if not self.several:
            return self.inner.matches(choice)
        return self.inner.matches([] if choice is MISSING else [choice])


@dataclass(frozen=True, slots=True)
class Views:
    """All views of a value must match."""

    views: tuple[View, ...]

    @property
    def size(self) -> int:
        return sum(view.inner.size for view in self.views) or 1

    def matches(self, value: Any) -> bool:
        return all(view.matches(value) for view in self.views)

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]:
        """Names the place by the expression, after where the value stands if that is not the root."""
        for view in self.views:
            where = view.expression if at in {"$", "/"} else f"{at} {view.expression}".strip()
            yield from view.inner.mismatches(view.read(value), where)

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Leaves out that an expression may select several values, as query parameters do."""
        for view in self.views:
            yield from view.inner.choices(f"{at} {view.expression}")

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        yield at, self.matches
        for view in self.views:
            yield f"{at} {view.expression}", partial(View.accepts, view)
