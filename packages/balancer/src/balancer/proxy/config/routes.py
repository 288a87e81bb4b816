"""Which targets serve a model: an exact name first, then the first pattern of the file that fits."""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A provider and the model to ask it for; `passthrough` is the caller's model."""

    provider: str
    model: str
    priority: int = 1
    weight: int = 1

    def model_for(self, asked: str) -> str:
        return asked if self.model == "passthrough" else self.model


@dataclass(frozen=True, slots=True)
class Route:
    """`pattern` as the file has it; `targets` in the file's order."""

    pattern: str
    targets: tuple[Target, ...]

    def only(self, provider: str) -> "Route":
        """The same route with one provider alone: what a caller who pins a provider gets."""
        return Route(self.pattern, tuple(one for one in self.targets if one.provider == provider))


def expression(pattern: str) -> re.Pattern[str]:
    """`*` stands for any text, also none; every other character for itself. Case does not matter.

    fnmatch's expression cannot backtrack over a long name, which a caller chooses.
    """
    literal = re.sub(r"[\[?]", r"[\g<0>]", pattern)
    return re.compile(fnmatch.translate(literal), re.IGNORECASE)


class RouteTable:
    def __init__(self, routes: Iterable[Route]) -> None:
        self._all = tuple(routes)
        self._exact = {one.pattern.casefold(): one for one in self._all if "*" not in one.pattern}
        self._patterns = tuple((expression(one.pattern), one) for one in self._all if "*" in one.pattern)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._all)

    def match(self, model: str) -> Route | None:
        if exact := self._exact.get(model.casefold()):
            return exact
        return next((route for regex, route in self._patterns if regex.match(model)), None)
