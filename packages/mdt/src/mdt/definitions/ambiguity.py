"""Two routes that fit the same request equally well: nobody could tell which one answers, so it is an error."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

from mdt.definitions.problems import Source
from mdt.engine.catalog import Route
from mdt.engine.matchers import same
from mdt.engine.routes import shape
from mdt.language import N_, _


def check_ambiguity(routes: Iterable[Route], source: Source) -> None:
    groups: dict[tuple[str, str, int], list[Route]] = defaultdict(list)
    for route in routes:
        groups[route.method, shape(route.template), route.weight].append(route)
    for group in groups.values():
        for first, second in combinations(group, 2):
            if not _exclude_each_other(first, second):
                _tell(first, second, source)


def _exclude_each_other(first: Route, second: Route) -> bool:
    """Whether both demand one value at the same place, but not the same value."""
    wanted = second.match.constants()
    return any(place in wanted and not same(value, wanted[place]) for place, value in first.match.constants().items())


def _tell(first: Route, second: Route, source: Source) -> None:
    demands = _(DEMANDS.get(first.weight, SEVERAL), count=first.weight)
    message = _(
        "{one} and {other} (line {line}) fit the same requests: both have {demands}",
        one=second.label,
        other=first.label,
        line=first.line,
        demands=demands,
    )
    source.wrong(
        second.line, message, _("Add a demand to one of them, or let both demand different values at the same place")
    )


DEMANDS = {0: N_("no `match`"), 1: N_("1 demand in `match`")}
SEVERAL = N_("{count} demands in `match`")
