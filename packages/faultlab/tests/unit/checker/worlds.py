"""Random cases of a service that keeps every promise: what it answers and what it stores is decided together."""

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from faultlab.report_model import Case, Firing, Outage, Outcome, Phase, Request, Stored
from tests.unit.checker.histories import alive, case, healed, looked, sent, settled, stored

AFTER = {"": ["pending"], "pending": ["failed", "succeeded"], "failed": ["succeeded"]}
PATHS = (("pending",), ("pending", "succeeded"), ("pending", "failed"), ("pending", "failed", "succeeded"))
FAULT, HEALED, READ, SETTLING, SETTLED = 10.0, 20.0, 24.0, 25.0, 60.0  # the times of a case
WORDS: dict[Outcome, tuple[tuple[int, str | None], ...]] = {  # statuses and Retry-After that say so
    "ok": ((200, None), (201, None), (204, None)),
    "fail": ((503, "2"), (409, None), (422, None)),
    "unknown": ((503, "1"), (409, "1")),
}


class World:
    """One case as it goes on."""

    def __init__(self, draw: DrawFn) -> None:
        self.draw = draw
        self.kills_the_service = draw(st.booleans())
        self.requests: list[Request] = []
        self.there: dict[str, int] = {}  # what is stored, and its amount
        self.amounts: dict[str, int] = {}
        self.keys: dict[str, str | None] = {}

    def begin(self, operation: str) -> None:
        self.amounts[operation] = self.draw(st.integers(1, 10**9))
        self.keys[operation] = self.draw(st.sampled_from([None, f"key-{operation}"]))

    def ask(self, operation: str, phase: Phase, t: float, outcome: Outcome | None = None) -> None:
        """One request: what becomes of it, and what its client is told; both honest."""
        does = outcome == "ok" or (outcome is None and self.draw(st.booleans()))
        honest: list[Outcome] = ["ok", "unknown"] if does else ["fail", "unknown"]
        if operation in self.there:
            honest = ["ok", "fail", "unknown"]
        if does:
            self.there[operation] = self.amounts[operation]
        said = outcome or self.draw(st.sampled_from(honest))
        status, retry_after = self.draw(st.sampled_from(WORDS[said]))
        dropped = self.kills_the_service and phase == "fault" and said == "unknown" and self.draw(st.booleans())
        self.requests.append(
            sent(
                operation,
                said,
                t,
                phase=phase,
                key=self.keys[operation],
                amount=self.amounts[operation],
                status=None if dropped else status,
                retry_after=retry_after,
                ms=self.draw(st.floats(1, 4000)),
            )
        )

    def books(self, states: dict[str, tuple[str, ...]]) -> list[Stored]:
        return [stored(name, 1, amount, states[name]) for name, amount in self.there.items()]

    def told(self, operation: str) -> set[Outcome]:
        return {one.outcome for one in self.requests if one.operation == operation}


@st.composite
def well_behaved(draw: DrawFn) -> Case:
    """All is well, the fault, its end, the books, what was uncertain sent again, the books once more."""
    world = World(draw)
    targets = [f"op-{number}" for number in range(draw(st.integers(1, 6)))]
    for operation in ("first", "last", *targets):
        world.begin(operation)
    world.ask("first", "steady", draw(st.floats(0, 5)), "ok")
    for operation in targets:
        for t in sorted(draw(st.lists(st.floats(FAULT, HEALED - 1), min_size=1, max_size=3, unique=True))):
            world.ask(operation, "fault", t)
    world.ask("last", "recovery", HEALED + draw(st.floats(0, 1.9)), "ok")
    early = {name: draw(st.sampled_from(PATHS[:2])) for name in world.amounts}
    at_first = world.books(early)
    settle(world, targets)
    late = {name: path if len(path) > 1 else draw(st.sampled_from(PATHS)) for name, path in early.items()}
    firings = fault(draw, world.requests)
    return case(
        *world.requests,
        looked(t=draw(st.floats(0, SETTLED))),
        kind="fault_tolerance",
        fault="app-kill" if world.kills_the_service else "reset",
        books=[healed(*at_first, t=READ), settled(*world.books(late), t=SETTLED)],
        operations=[*world.amounts, "never asked for"],
        firings=firings,
        planned=draw(st.sampled_from([(len(firings), len(firings)), (1, None), (0, len(firings))])),
        outages=[Outage(began=FAULT, ended=HEALED)],
        healed=HEALED,
        recovered=HEALED + draw(st.floats(0, 2)),
        health=[alive(t, draw(st.floats(0.1, 100))) for t in range(0, 60, 10)],
        transitions=AFTER,
    )


def settle(world: World, targets: list[str]) -> None:
    """What was surely refused may be left alone; everything else is sent until it is done."""
    for operation in targets:
        told = world.told(operation)
        if "ok" in told or (told == {"fail"} and world.draw(st.booleans())):
            continue
        for number in range(world.draw(st.integers(0, 2))):
            world.ask(operation, "settle", SETTLING + number)
        if "ok" not in {one.outcome for one in world.requests if (one.operation, one.phase) == (operation, "settle")}:
            world.ask(operation, "settle", SETTLING + 5, "ok")


def fault(draw: DrawFn, requests: list[Request]) -> list[Firing]:
    """Each set off during a request that it was meant for."""
    meant = [one for one in requests if one.phase == "fault"]
    hit = draw(st.lists(st.sampled_from(meant), min_size=1, max_size=4))
    times = [min(one.t + one.ms / 1000 * draw(st.floats(0, 0.99)), HEALED) for one in hit]
    return [Firing(t=t, fault="reset", moment="m5") for t in sorted(times)]
