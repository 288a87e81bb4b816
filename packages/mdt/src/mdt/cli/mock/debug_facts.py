"""What there is to say about a scenario: its routes with their demands, an example request, the reply, the curl command."""

import shlex
from dataclasses import dataclass
from typing import Any

from mdt.cli.mock.sample import Sent, sample
from mdt.cli.mock.source_tree import SourceTree
from mdt.cli.mock.trial import Testbed, Trial
from mdt.definitions import Catalog, Route, Service
from mdt.definitions.located import plain
from mdt.engine.answers import InTurn
from mdt.engine.catalog import VirtualRoute
from mdt.engine.choice import VIRTUAL
from mdt.engine.masking import request_as_json


@dataclass(frozen=True, slots=True)
class Fact:
    """One route of the scenario; `sent` and `curl` are None when no example could be made."""

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


def facts(catalog: Catalog, service: Service, scenario: str, bench: Testbed) -> list[Fact]:
    """One for each route that has the scenario."""
    if scenario == VIRTUAL and service.dispatcher is not None:
        return list(map(_virtual, service.dispatcher.routes))
    tree = SourceTree.of(catalog)
    return [_fact(tree, route, scenario, bench) for route in service.routes if scenario in route.scenarios]


def _virtual(route: VirtualRoute) -> Fact:
    return Fact(route.label, route.file, route.line, route.description, {}, None, None, ())


def _fact(tree: SourceTree, route: Route, name: str, bench: Testbed) -> Fact:
    demands, scenario = plain(tree.demands(route)), route.scenarios[name]
    sent = sample(route, demands, tree.catalog.shared)
    calls = len(scenario.answer.names) if isinstance(scenario.answer, InTurn) else 1
    trials = tuple(bench.play(sent) for _ in range(calls)) if sent else ()
    address = f"http://127.0.0.1:{tree.catalog.settings.port}/{bench.service.name}"
    described = scenario.description or route.description
    line = curl(sent, address) if sent else None
    return Fact(route.label, scenario.file, scenario.line, described, demands, sent, line, trials)


def curl(sent: Sent, address: str) -> str:
    """The same request to a server that plays these definitions."""
    parts = ["curl", "-i"] + (["-X", sent.method] if sent.method != "GET" else [])
    parts.append(sent.to(address, "").url)
    for name, value in sent.headers.items():
        parts += ["-H", f"{name}: {value}"]
    if sent.body:
        parts += ["--data", sent.body.decode(errors="replace")]
    return shlex.join(parts)
