"""An answer with conditions: `when` lists answers for the requests and states that fit; the first that fits answers."""

from collections.abc import Iterator
from dataclasses import dataclass

from mdt.engine.call import Call
from mdt.engine.catalog import Scenario
from mdt.engine.matching import RequestMatch
from mdt.engine.messages import Answered, Request
from mdt.engine.outcome import Criterion
from mdt.language import either


@dataclass(frozen=True, slots=True)
class Case:
    """One condition. No states mean any state."""

    match: RequestMatch
    states: tuple[str, ...]
    scenario: Scenario

    def fits(self, request: Request, state: str) -> bool:
        return (not self.states or state in self.states) and self.match.matches(request)

    def criteria(self, request: Request, state: str) -> Iterator[Criterion]:
        if self.states:
            yield Criterion("state", state in self.states, f"{state} → {either(self.states)}")
        yield from self.match.criteria(request)


@dataclass(frozen=True, slots=True)
class Cases:
    """`otherwise` answers when no case fits; None means that nothing answers. The engine resolves it."""

    cases: tuple[Case, ...]
    otherwise: Scenario | None

    def chosen(self, request: Request, state: str) -> Scenario | None:
        for case in self.cases:
            if case.fits(request, state):
                return case.scenario
        return self.otherwise

    def closest(self, request: Request, state: str) -> tuple[Criterion, ...]:
        """The verdicts of the case that lacks least."""
        verdicts = [tuple(case.criteria(request, state)) for case in self.cases]
        return min(verdicts, key=lambda found: sum(not one.ok for one in found), default=())

    def outcome(self, call: Call) -> Answered:
        raise AssertionError("the engine resolves cases")
