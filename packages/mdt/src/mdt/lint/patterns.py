"""Lint rules for patterns in `match`: those that overlap, and those that may be slow."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from mdt.definitions import Route, Service
from mdt.engine.routes import shape
from mdt.errors import Problem
from mdt.language import _
from mdt.lint.source_tree import SourceTree


def overlapping_patterns(tree: SourceTree) -> Iterator[Problem]:
    """Two routes of one path with patterns at the same place: a text may fit both, and then the route with more demands answers."""
    for service in tree.catalog.services.values():
        for first, second in _pairs(service):
            shared = _patterns(tree.demands(first)).keys() & _patterns(tree.demands(second)).keys()
            for place in sorted(shared):
                message = _(
                    "{route} and {other} both look at {place} with a pattern; a text that fits both goes to {other}",
                    route=second.label,
                    other=first.label,
                    place=place.lstrip("."),
                )
                yield Problem(
                    second.file,
                    tree.line(second, "match"),
                    message,
                    _("Anchor the patterns (^…$) so that no text fits both"),
                )


def _pairs(service: Service) -> Iterator[tuple[Route, Route]]:
    """Pairs of routes with the same method and path, the one with more demands first."""
    groups: dict[tuple[str, str], list[Route]] = defaultdict(list)
    for route in service.routes:
        groups[route.method, shape(route.template)].append(route)
    for group in groups.values():
        yield from combinations(sorted(group, key=lambda route: -route.weight), 2)


def _patterns(value: Any, at: str = "") -> dict[str, str]:
    """The patterns of a `match` by place."""
    if isinstance(value, list):
        return {
            place: text for index, item in enumerate(value) for place, text in _patterns(item, f"{at}[{index}]").items()
        }
    if not isinstance(value, dict):
        return {}
    own = {at: value["regex"]} if isinstance(value.get("regex"), str) else {}
    inner = (_patterns(item, f"{at}.{key}").items() for key, item in value.items())
    return own | {place: text for items in inner for place, text in items}


REPEATED = re.compile(r"\((?:[^()\\]|\\.)*[+*](?:[^()\\]|\\.)*\)\s*[+*{]")  # a repetition inside a repeated group


def slow_patterns(tree: SourceTree) -> Iterator[Problem]:
    """A pattern that may take exponential time. The engine stops it after 50 ms, which counts as no match."""
    for service in tree.catalog.services.values():
        for route in service.routes:
            for place, pattern in _patterns(tree.demands(route)).items():
                if REPEATED.search(pattern):
                    message = _(
                        "the pattern {pattern!r} for {place} repeats a repetition and can take very long",
                        place=place.lstrip("."),
                        pattern=pattern,
                    )
                    yield Problem(
                        route.file,
                        tree.line(route, "match"),
                        message,
                        _("After 50 ms it counts as no match; write it without a repetition inside a repeated group"),
                    )
