"""State machines of services: `states` of a service file. Each session has its own state; a call may move it on."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transition:
    """A call of `route` that `scenario` answers moves on from one of `origins`; None and no origins mean any."""

    route: str  # its label: "POST /orders"
    target: str
    origins: frozenset[str] = frozenset()
    scenario: str | None = None
    line: int = 0

    def fits(self, state: str, route: str, scenario: str) -> bool:
        return (
            self.route == route
            and (not self.origins or state in self.origins)
            and (self.scenario is None or self.scenario == scenario)
        )


@dataclass(frozen=True, slots=True)
class StateMachine:
    """The first transition that fits is taken."""

    start: str
    transitions: tuple[Transition, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """All states that are named."""
        origins = (state for one in self.transitions for state in one.origins)
        return frozenset({self.start, *origins, *(one.target for one in self.transitions)})

    def now(self, states: Mapping[str, str], service: str) -> str:
        """The state of a service in the states of a session."""
        return states.get(service, self.start)

    def after(self, state: str, route: str, scenario: str) -> str:
        return next((one.target for one in self.transitions if one.fits(state, route, scenario)), state)
