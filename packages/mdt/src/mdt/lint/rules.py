"""Lint rules, in a table: warnings about definitions that load but probably have a mistake."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from mdt.definitions import Catalog, Route, Service
from mdt.definitions.files import Folder
from mdt.errors import Problem
from mdt.language import _
from mdt.lint.patterns import overlapping_patterns, slow_patterns
from mdt.lint.source_tree import SourceTree


@dataclass(frozen=True, slots=True)
class Warned:
    rule: str
    problem: Problem


type Rule = Callable[[SourceTree], Iterator[Problem]]


def unused_shared(tree: SourceTree) -> Iterator[Problem]:
    """A file of shared/ that no template and no virtual service uses."""
    for stem, file in tree.shared.items():
        named = re.compile(
            rf"""shared\s*(\.\s*{re.escape(stem)}\b|\[\s*['"]+{re.escape(stem)}['"]|/{re.escape(stem)}\.)"""
        )
        if not any(named.search(text) for text in tree.texts.values()):
            yield Problem(
                file,
                1,
                _("nothing uses shared.{name}", name=stem),
                _("Use it in a template or as a seed, or remove the file"),
            )


def nothing_to_answer(tree: SourceTree) -> Iterator[Problem]:
    """A service without routes."""
    for service in tree.catalog.services.values():
        sends = any(one.service == service.name for one in tree.catalog.callbacks.values())
        if not service.routes and service.dispatcher is None and not sends:
            yield Problem(
                service.file,
                service.line,
                _("the service {name} answers nothing", name=service.name),
                _("Give it routes, or a virtual.py beside its service.yaml"),
            )


def no_default(tree: SourceTree) -> Iterator[Problem]:
    """A route that answers nothing until one of its scenarios is selected."""
    for service in tree.catalog.services.values():
        for route in service.routes:
            if service.default_of(route) not in route.scenarios and not _virtual_answers(service):
                message = _(
                    "{route} answers nothing until a scenario is selected: it has no default scenario {default!r}",
                    route=route.label,
                    default=service.default or "-",
                )
                yield Problem(
                    route.file,
                    route.line,
                    message,
                    _("Give it the default scenario, or set `default` to one of: {names}", names=_names(route)),
                )


def _virtual_answers(service: Service) -> bool:
    return service.default == "virtual"


def _names(route: Route) -> str:
    return ", ".join(route.scenarios) or "-"


def similar_names(tree: SourceTree) -> Iterator[Problem]:
    """Two scenarios of a service whose names differ only by case or dashes: probably a typo."""
    for service in tree.catalog.services.values():
        seen: dict[str, tuple[str, int]] = {}
        for route in service.routes:
            for scenario in route.scenarios.values():
                folded = re.sub(r"[-_]", "", scenario.name).lower()
                name, line = seen.setdefault(folded, (scenario.name, scenario.line))
                if name != scenario.name:
                    message = _(
                        "the scenario {name!r} is almost called like {other!r} (line {line})",
                        name=scenario.name,
                        other=name,
                        line=line,
                    )
                    yield Problem(
                        scenario.file,
                        scenario.line,
                        message,
                        _(
                            "Selecting one does not select the other; give both the same name, or clearly different ones"
                        ),
                    )


def crossing_paths(tree: SourceTree) -> Iterator[Problem]:
    """Two templates that fit the same path, each with a literal where the other has a parameter."""
    for service in tree.catalog.services.values():
        for first, second in combinations(service.routes, 2):
            if first.method == second.method and _cross(first.template, second.template):
                message = _(
                    "{route} and {other} (line {line}) both fit some paths",
                    route=second.label,
                    other=first.label,
                    line=first.line,
                )
                yield Problem(
                    second.file,
                    second.line,
                    message,
                    _(
                        "{path} goes to the one with text in the first segment that differs; make sure that this is "
                        "meant",
                        path=_both(first, second),
                    ),
                )


def _cross(first: str, second: str) -> bool:
    mine, theirs = first.split("/"), second.split("/")
    if len(mine) != len(theirs):
        return False
    pairs = list(zip(mine, theirs, strict=True))
    fits = all(one == other or "{" in one or "{" in other for one, other in pairs)
    return (
        fits
        and any(_literal_there(one, other) for one, other in pairs)
        and any(_literal_there(other, one) for one, other in pairs)
    )


def _literal_there(one: str, other: str) -> bool:
    return "{" in one and "{" not in other


def _both(first: Route, second: Route) -> str:
    """A path that fits both."""
    pairs = zip(first.template.split("/"), second.template.split("/"), strict=True)
    return "/".join(other if "{" in one else one for one, other in pairs)


def unused_files(tree: SourceTree) -> Iterator[Problem]:
    """A data file beside a service file that no answer uses."""
    for file, path in tree.paths.items():
        if path.stem != "service":
            continue
        for beside in sorted(path.parent.iterdir()):
            known = beside.name.startswith((".", "__")) or beside.suffix in {".yaml", ".yml", ".py", ".md"}
            if beside.is_file() and not known and beside.name not in tree.texts[file]:
                where = str(Path(file).with_name(beside.name))
                yield Problem(
                    where,
                    1,
                    _("no answer names the file {name}", name=beside.name),
                    _("Name it with `file:`, or remove it"),
                )


RULES: dict[str, Rule] = {
    "unused-shared": unused_shared,
    "unused-file": unused_files,
    "empty-service": nothing_to_answer,
    "no-default": no_default,
    "similar-names": similar_names,
    "crossing-paths": crossing_paths,
    "overlapping-patterns": overlapping_patterns,
    "slow-pattern": slow_patterns,
}


def warnings_of(catalog: Catalog, folder: Folder | None = None) -> list[Warned]:
    """All warnings, sorted by file and line."""
    tree = SourceTree.of(catalog, folder)
    found = [Warned(name, problem) for name, rule in RULES.items() for problem in rule(tree)]
    return sorted(found, key=lambda one: (one.problem.file, one.problem.line, one.rule))
