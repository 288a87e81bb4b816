"""Compiles a route: its key, its `match`, and its scenarios with their `extends` resolved."""

import re
from pathlib import Path
from typing import Any

from mdt.definitions.answer_keys import ANSWER_KEYS, OTHER_WORDS, prefer_of
from mdt.definitions.answers import compile_answer
from mdt.definitions.bodies import Place
from mdt.definitions.conditions import CaseCompiler
from mdt.definitions.extends import flattened
from mdt.definitions.files import Folder
from mdt.definitions.matches import compile_match
from mdt.definitions.route_keys import route_key
from mdt.definitions.source import Source, Table, line_of, plain
from mdt.definitions.yaml_text import read_yaml
from mdt.engine.answers import InTurn
from mdt.engine.catalog import Route, Scenario
from mdt.engine.choice import VIRTUAL
from mdt.engine.matching import RequestMatch
from mdt.engine.states import StateMachine
from mdt.language import Words, _
from mdt.suggest import did_you_mean

RESERVED = ("match", "description")
DEFAULT = "default"  # a name; a scenario may be called so too
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)
NOT_SCENARIOS: dict[str, Words] = {  # keys of other tools, which would become scenarios
    "contract": _("`contract` stands beside `routes`: it is that of the whole service"),
    "request": _("Write `match`"),
    "response": _("Write the scenario's name between the route and its answer: success: {{json: …}}"),
    "method": _("Method and path are the route's key: POST /orders/{{id}}"),
    **{
        name: _("Write `{key}`, in a scenario", key=OTHER_WORDS[name])
        for name in ("delay", "data", "body", "statusCode")
    },
    "path": _("Method and path are the route's key: POST /orders/{{id}}"),
}


class RouteCompiler:
    """Compiles the routes of one service."""

    def __init__(
        self,
        service: str,
        url: str,
        folder: Folder,
        source: Source,
        directory: Path,
        *,
        states: StateMachine | None = None,
    ) -> None:
        self._service = service
        self._url = url
        self._folder = folder
        self._source = source
        self._directory = directory
        self._states = states

    def compile(self, key: str, value: Any, line: int) -> Route | None:
        """Returns None if the key is no method and path. After other problems the result is not to be used."""
        table = self._source.table(value, line, _("the route {key!r}", key=key))
        parsed = route_key(key, line, self._source)
        if parsed is None:
            return None
        method, template, name = parsed
        match = (
            compile_match(table["match"], line_of(table, "match"), self._source, self._read)
            if "match" in table
            else None
        )
        scenarios = self._scenarios(table)
        return Route.make(
            method,
            template,
            name,
            match or RequestMatch(),
            scenarios=scenarios,
            default=self._default(table, scenarios),
            file=self._source.file,
            line=line,
            service=self._service,
            description=self._source.text(table, "description"),
            demands=plain(table.get("match", {})),
        )

    def _read(self, name: str, line: int) -> Any:
        """The document of a file beside this one."""
        path = self._directory / name
        text = self._folder.read(path, self._source, line)
        return None if text is None else plain(read_yaml(text, self._folder.source(path)))

    def _scenarios(self, table: Table) -> dict[str, Scenario]:
        tables = {}
        for name, value in table.items():
            if is_route_key(name, value):
                continue
            line = line_of(table, name)
            if name != "when" or not isinstance(value, Table):  # a scenario may be called so; conditions are a list
                self._check_name(name, line)
            tables[name] = self._source.table(value, line, _("the scenario {name!r}", name=name))
        lines = {name: line_of(table, name) for name in tables}
        flat = flattened(tables, self._source)
        scenarios = {name: self._scenario(name, answer, lines[name]) for name, answer in flat.items()}
        self._check_sequences(scenarios)
        return scenarios

    def _default(self, table: Table, scenarios: dict[str, Scenario]) -> str:
        """The scenario that the route names for itself; "" if that of the service is played."""
        name = table.get(DEFAULT)
        if not isinstance(name, str):
            return ""
        if name not in scenarios:
            message = _("the route has no scenario {name!r} to play by default", name=name)
            self._source.wrong(line_of(table, DEFAULT), message, did_you_mean(name, scenarios))
        return name

    def _check_name(self, name: str, line: int) -> None:
        if not NAME.fullmatch(name):
            self._source.wrong(
                line, _("{name!r} is no name of a scenario", name=name), _("Use letters, digits, - and _")
            )
        if name in ANSWER_KEYS:
            self._source.wrong(
                line,
                _("{name!r} is a key of an answer, not the name of a scenario", name=name),
                _("Write the scenario's name between the route and its answer: success: {{json: …}}"),
            )
        if name in NOT_SCENARIOS:
            self._source.wrong(line, _("{name!r} is no key of a route", name=name), NOT_SCENARIOS[name])
        if name == VIRTUAL:
            self._source.wrong(
                line, _("{name!r} is the virtual service's own scenario", name=VIRTUAL), _("Choose another name")
            )

    def _scenario(self, name: str, table: Table, line: int) -> Scenario:
        place = Place(self._source, line, self._folder, self._directory)
        if "when" not in table:
            return self._plain(name, table, place)
        cases = CaseCompiler(self._states, self._read, self._plain).cases(name, table, place)
        about, status = str(table.get("description", "")), cases.otherwise.status if cases.otherwise else None
        return Scenario(name, cases, self._source.file, line, about, status=status)

    def _plain(self, name: str, table: Table, place: Place) -> Scenario:
        answer = compile_answer(table, place, self._url)
        about, off_contract = str(table.get("description", "")), self._source.truth(table, "offContract")
        example, statuses = prefer_of(table, self._source)
        others: dict[str, Any] = {
            "example": example,
            "statuses": statuses,
            "has_latency": "latency" in table,
            "off_contract": off_contract,
            "status": _status(table),
        }
        return Scenario(name, answer, self._source.file, place.line, about, **others)

    def _check_sequences(self, scenarios: dict[str, Scenario]) -> None:
        for scenario in scenarios.values():
            for name in scenario.answer.names if isinstance(scenario.answer, InTurn) else ():
                target = scenarios.get(name)
                if target is None:
                    message = _("the sequence names no scenario of this route: {name!r}", name=name)
                    self._source.wrong(scenario.line, message, did_you_mean(name, scenarios))
                elif isinstance(target.answer, InTurn):
                    self._source.wrong(scenario.line, _("a sequence cannot hold the sequence {name!r}", name=name))


def is_route_key(name: str, value: Any) -> bool:
    """Whether an entry of a route is about the route itself, and no scenario."""
    return name in RESERVED or (name == DEFAULT and isinstance(value, str))


def _status(table: Table) -> int | None:
    """The status of an answer, if the definition tells it."""
    status = table.get("status", 200)
    return status if isinstance(status, int) and not {"sequence", "passthrough"} & table.keys() else None
