"""Tries a scenario without a server: its demands, an example request, and the answer."""

import shlex
from dataclasses import dataclass
from typing import Any

from mdt.cli.output import wrong_usage
from mdt.definitions import Catalog, Route, Service
from mdt.definitions.sample import Sent, sample
from mdt.definitions.source import plain
from mdt.engine.answers import InTurn
from mdt.engine.choice import VIRTUAL
from mdt.engine.engine import Engine
from mdt.engine.journal import Entry
from mdt.engine.masking import outcome_as_json, request_as_json
from mdt.engine.outcome import Criterion, Unmatched
from mdt.engine.routes import decoded
from mdt.engine.selection import resolve
from mdt.engine.session import Session
from mdt.engine.virtual_interface import VirtualRoute
from mdt.language import _
from mdt.lint.source_tree import SourceTree


@dataclass(frozen=True, slots=True)
class Trial:
    """The journal entry of one try, with a verdict for each criterion."""

    entry: Entry
    criteria: tuple[Criterion, ...]

    @property
    def answered(self) -> bool:
        return not isinstance(self.entry.outcome, Unmatched)

    def as_json(self) -> dict[str, Any]:
        entry = self.entry
        return {
            "request": request_as_json(entry.request),
            "answered": self.answered,
            "route": entry.route,
            "scenario": entry.scenario,
            "file": entry.file,
            "line": entry.line,
            "criteria": [one.as_json() for one in self.criteria],
            **outcome_as_json(entry.outcome),
        }


class Testbed:
    """A new session with one scenario of one service."""

    def __init__(
        self, catalog: Catalog, service: Service, scenario: str, environment: str = "", dataset: str = ""
    ) -> None:
        """Raises UnknownEnvironmentError and UnknownDatasetError."""
        catalog.data.check(environment, dataset)
        self.service = service
        self._engine = Engine(catalog)
        choice = resolve(catalog, f"{service.name}.{scenario}")
        self.session = Session("debug", choice, environment=environment, dataset=dataset)

    def play(self, sent: Sent) -> Trial:
        request = sent.to(self.service.url, self.service.host)
        outcome = self._engine.handle(request, self.session, self.service.name)
        entry = self.session.journal.entries()[-1]
        if isinstance(outcome, Unmatched):
            return Trial(entry, outcome.near_miss.criteria)
        return Trial(entry, self._verdicts(entry, sent))

    def _verdicts(self, entry: Entry, sent: Sent) -> tuple[Criterion, ...]:
        """The criteria that were checked; all are met, because the request was answered."""
        route = next((one for one in self.service.routes if one.label == entry.route), None)
        looked_at = tuple(route.match.criteria(entry.request)) if route and _answered_by(route, entry) else ()
        return (
            Criterion("method", True, sent.method),
            Criterion("path", True),
            *looked_at,
            Criterion("scenario", True, f"{self.service.name}.{entry.scenario}"),
        )


def _answered_by(route: Route, entry: Entry) -> bool:
    """Whether the route answered, and not one of a virtual service with the same label."""
    return entry.scenario in route.scenarios


def parsed(request: str, body: str | None, headers: tuple[str, ...]) -> Sent:
    """Parses 'POST /path?query' and "name: value" headers. Raises CommandError."""
    method, _space, target = request.strip().partition(" ")
    path, _mark, query = target.strip().partition("?")
    if not method.isalpha() or not path.startswith("/"):
        raise wrong_usage(
            _("{given!r} is no request. Write method and path: 'POST /internal/inventory/check'", given=request)
        )
    given = dict(map(_header, headers))
    if body is not None:
        given.setdefault("content-type", "application/json")
    return Sent(method.upper(), decoded(path), query, given, (body or "").encode())


def _header(written: str) -> tuple[str, str]:
    name, colon, value = written.partition(":")
    if not colon or not name.strip():
        raise wrong_usage(_("{given!r} is no header. Write 'name: value'", given=written))
    return name.strip().lower(), value.strip()


@dataclass(frozen=True, slots=True)
class Fact:
    """One route of the scenario. `sent` and `curl` are None if no example could be made."""

    route: str
    file: str
    line: int
    description: str
    match: Any
    sent: Sent | None
    curl: str | None
    trials: tuple[Trial, ...]  # several for a sequence

    def as_json(self) -> dict[str, Any]:
        request = request_as_json(self.sent.to("", "")) if self.sent else None
        return {
            "route": self.route,
            "file": self.file,
            "line": self.line,
            "description": self.description,
            "match": self.match,
            "request": request,
            "curl": self.curl,
            "replies": [trial.as_json() for trial in self.trials],
        }


def facts(catalog: Catalog, service: Service, scenario: str, bench: Testbed, address: str) -> list[Fact]:
    """One fact for each route with the scenario; `address` is the URL of the service on a server."""
    if scenario == VIRTUAL and service.dispatcher is not None:
        return list(map(_virtual, service.dispatcher.routes))
    tree = SourceTree.of(catalog)
    tree.rows = catalog.data.of(bench.session)
    return [_fact(tree, route, scenario, bench, address) for route in service.routes if scenario in route.scenarios]


def _virtual(route: VirtualRoute) -> Fact:
    return Fact(route.label, route.file, route.line, route.description, {}, None, None, ())


def _fact(tree: SourceTree, route: Route, name: str, bench: Testbed, address: str) -> Fact:
    demands, scenario = plain(tree.demands(route)), route.scenarios[name]
    sent = sample(route, demands, tree.rows)
    calls = len(scenario.answer.names) if isinstance(scenario.answer, InTurn) else 1
    trials = tuple(bench.play(sent) for _ in range(calls)) if sent else ()
    described = scenario.description or route.description
    line = curl(sent, address) if sent else None
    return Fact(route.label, scenario.file, scenario.line, described, demands, sent, line, trials)


def curl(sent: Sent, address: str) -> str:
    """The curl command for the request to a server."""
    parts = ["curl", "-i"] + (["-X", sent.method] if sent.method != "GET" else [])
    parts.append(sent.to(address, "").url)
    for name, value in sent.headers.items():
        parts += ["-H", f"{name}: {value}"]
    if sent.body:
        parts += ["--data", sent.body.decode(errors="replace")]
    return shlex.join(parts)
