"""I8: the service works again soon after the fault is over."""

from collections.abc import Iterator

from mdt.faults.invariants.history import History
from mdt.faults.invariants.verdict import Verdict, Wrong, verdict


def recovers(history: History) -> Verdict:
    case = history.case
    took = 0.0 if case.healed is None or case.recovered is None else case.recovered - case.healed
    wrong = [Wrong(what) for what in _too_late(history)]
    kept = f"The first success came {took:.2f} s after the fault was over."
    return verdict(wrong, case.healed is not None, kept, "There was no fault.")


def _too_late(history: History) -> Iterator[str]:
    healed, recovered, limit = history.case.healed, history.case.recovered, history.limits.recovery
    if healed is None:
        if history.case.firings:
            yield "a fault was set off and was never over"
    elif recovered is None:
        yield "nothing succeeded any more after the fault was over"
    elif not 0 <= recovered - healed <= limit:
        yield f"the first success came {recovered - healed:.2f} s after the fault was over, not within {limit:g} s"
