"""Which scenario of a route answers now: the one that is selected, or the next of a sequence, whose last one stays.

A request moves the sequence on (`move`); a TLS handshake, which comes before its request, only looks.
"""

from mdt.engine.answers import InTurn
from mdt.engine.catalog import Route, Scenario
from mdt.engine.session import Session


def chosen(route: Route, names: tuple[str, ...], session: Session, *, move: bool = True) -> Scenario | None:
    """The scenario of the route that these selected names mean now; None when it has none of that name."""
    if not names:
        return None
    name = names[0] if len(names) == 1 else _next(session.steps, f"{route.key} choice", names, move=move)
    return route.scenarios.get(name)


def played(route: Route, scenario: Scenario, session: Session, *, move: bool = True) -> Scenario:
    """The scenario that answers for another one: itself, unless that is a sequence."""
    if not isinstance(scenario.answer, InTurn):
        return scenario
    return route.scenarios[_next(session.steps, f"{route.key} {scenario.name}", scenario.answer.names, move=move)]


def _next(steps: dict[str, int], key: str, names: tuple[str, ...], *, move: bool) -> str:
    step = steps.get(key, 0)
    if move:
        steps[key] = step + 1
    return names[min(step, len(names) - 1)]
