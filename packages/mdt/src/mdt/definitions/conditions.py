"""Compiles `when`, the conditions of an answer, and `states`, the state machine of a service."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mdt.definitions.bodies import Place
from mdt.definitions.matcher_compiler import ReadFile
from mdt.definitions.matches import compile_match
from mdt.definitions.source import Rows, Source, Table, kind, line_of
from mdt.engine.answers import Made, Ready
from mdt.engine.cases import Case, Cases
from mdt.engine.catalog import Route, Scenario
from mdt.engine.matching import RequestMatch
from mdt.engine.messages import TLS_FAULTS, Fault
from mdt.engine.states import StateMachine, Transition
from mdt.language import _
from mdt.suggest import did_you_mean

CONDITIONS = ("match", "state")
NOT_IN_CASES = ("sequence", "extends", "when")
STATES_KEYS = ("start", "transitions")
TRANSITION_KEYS = ("route", "scenario", "from", "to")

type CompileAnswer = Callable[[str, Table, Place], Scenario]


@dataclass(frozen=True, slots=True)
class CaseCompiler:
    """Compiles the conditions of a service's answers; `answer` compiles an answer without conditions."""

    states: StateMachine | None
    read: ReadFile
    answer: CompileAnswer

    def cases(self, name: str, table: Table, place: Place) -> Cases:
        """The cases of a scenario; its other keys are the answer when none fits. Reports problems to the source."""
        source, rows = place.source, table["when"]
        if not isinstance(rows, Rows) or not rows:
            message = _("`when` is a list of conditions with their answers, not {kind}", kind=kind(rows))
            source.wrong(line_of(table, "when"), message)
            rows = Rows(table.line)
        _refuse(table, ("sequence",), source)
        rest = _without(table, ("when",))
        otherwise = self.answer(name, rest, place) if set(rest) - {"description"} else None
        cases = (self._case(name, rows[at], line_of(rows, at), place) for at in range(len(rows)))
        return Cases(tuple(cases), otherwise)

    def _case(self, name: str, value: Any, line: int, place: Place) -> Case:
        source = place.source
        table = source.table(value, line, _("a condition"))
        if not any(key in table for key in CONDITIONS):
            source.wrong(
                line, _("a condition has `match` or `state`"), _("What answers otherwise stands beside `when`")
            )
        _refuse(table, NOT_IN_CASES, source)
        match = RequestMatch()
        if "match" in table:
            match = compile_match(table["match"], line_of(table, "match"), source, self.read)
        here = Place(source, line, place.folder, place.directory)
        scenario = self.answer(name, _without(table, (*CONDITIONS, *NOT_IN_CASES)), here)
        if _breaks_tls(scenario):
            source.wrong(line, _("a TLS fault cannot depend on the request: the certificate is sent before it"))
        return Case(match, self._wanted(table, source), scenario)

    def _wanted(self, table: Table, source: Source) -> tuple[str, ...]:
        """The states in which a case answers."""
        if "state" not in table:
            return ()
        line, given = line_of(table, "state"), table["state"]
        names = tuple(map(str, given if isinstance(given, Rows) else [given]))
        if self.states is None:
            source.wrong(line, _("the service has no `states`"), _("Write states: {{start: …, transitions: […]}}"))
            return names
        for name in names:
            if name not in self.states.names:
                source.wrong(line, _("there is no state {name!r}", name=name), did_you_mean(name, self.states.names))
        return names


def _refuse(table: Table, keys: Iterable[str], source: Source) -> None:
    for key in keys:
        if key in table:
            source.wrong(line_of(table, key), _("{key!r} cannot stand together with a condition", key=key))


def _without(table: Table, keys: Iterable[str]) -> Table:
    rest = Table(table.line)
    rest.update({key: value for key, value in table.items() if key not in keys})
    rest.lines = table.lines
    return rest


def _breaks_tls(scenario: Scenario) -> bool:
    answer = scenario.answer
    if isinstance(answer, Made):
        return answer.shaping.fault in TLS_FAULTS
    return isinstance(answer, Ready) and isinstance(answer.ready, Fault) and answer.ready.kind in TLS_FAULTS


def states_of(table: Table, source: Source) -> StateMachine | None:
    """The state machine of a service file; None if it has none. Reports problems to the source."""
    if "states" not in table:
        return None
    line = line_of(table, "states")
    written = source.table(table["states"], line, "`states`")
    source.known_keys(written, STATES_KEYS, "`states`")
    if not isinstance(written.get("start"), str):
        source.wrong(line_of(written, "start"), _("`states` has a `start`: the name of the first state"))
    rows = written.get("transitions", Rows(line))
    if not isinstance(rows, Rows):
        source.wrong(line_of(written, "transitions"), _("`transitions` is a list, not {kind}", kind=kind(rows)))
        rows = Rows(line)
    steps = tuple(_transition(rows[index], line_of(rows, index), source) for index in range(len(rows)))
    return StateMachine(str(written.get("start", "")), steps)


def _transition(value: Any, line: int, source: Source) -> Transition:
    table = source.table(value, line, _("a transition"))
    source.known_keys(table, TRANSITION_KEYS, _("a transition"), {"on": "route", "answer": "scenario", "state": "to"})
    for key in ("route", "to"):
        if not isinstance(table.get(key), str):
            source.wrong(line, _("a transition has `route` and `to`: {{route: POST /orders, to: placed}}"))
            break
    given = table.get("from", Rows(line))
    origins = frozenset(map(str, given if isinstance(given, Rows) else [given]))
    scenario = table.get("scenario")
    return Transition(
        str(table.get("route")), str(table.get("to")), origins, None if scenario is None else str(scenario), line
    )


def check_transitions(states: StateMachine, routes: tuple[Route, ...], source: Source) -> None:
    """Reports routes and scenarios that do not exist, and states that no transition leads to."""
    by_label = {route.label: route for route in routes}
    targets = {states.start, *(one.target for one in states.transitions)}
    for one in states.transitions:
        route = by_label.get(one.route)
        if route is None:
            source.wrong(one.line, _("there is no route {route!r}", route=one.route), did_you_mean(one.route, by_label))
        elif one.scenario is not None and one.scenario not in route.scenarios:
            message = _("{route} has no scenario {name!r}", route=one.route, name=one.scenario)
            source.wrong(one.line, message, did_you_mean(one.scenario, route.scenarios))
        for origin in sorted(one.origins - targets):
            source.wrong(
                one.line, _("no transition leads to the state {name!r}", name=origin), did_you_mean(origin, targets)
            )
