"""Which scenario of a route is next: the one that is selected, or the next of a sequence; the last one stays.

Requests move sequences on (`move`); a certificate is chosen before its request comes, by looking only.
"""

from typing import TYPE_CHECKING

from mdt.engine.answers import InTurn
from mdt.engine.session import Session

if TYPE_CHECKING:
    from mdt.definitions.model import Route, Scenario


def chosen(route: "Route", names: tuple[str, ...], session: Session, *, move: bool = True) -> "Scenario | None":
    """The scenario of the route that these selected names mean now; None when it has none of that name."""
    if not names:
        return None
    name = names[0] if len(names) == 1 else _turn(session.steps, f"{route.key} choice", names, move=move)
    return route.scenarios.get(name)


def played(route: "Route", scenario: "Scenario", session: Session, *, move: bool = True) -> "Scenario":
    """The scenario that answers for another one: itself, unless that is a sequence."""
    if not isinstance(scenario.answer, InTurn):
        return scenario
    return route.scenarios[_turn(session.steps, f"{route.key} {scenario.name}", scenario.answer.names, move=move)]


def _turn(steps: dict[str, int], key: str, names: tuple[str, ...], *, move: bool) -> str:
    step = steps.get(key, 0)
    if move:
        steps[key] = step + 1
    return names[min(step, len(names) - 1)]
