"""I8: the service works again soon after the fault is over."""

from faultlab.invariants.history import History
from faultlab.invariants.verdict import Verdict

NO_FAULT = Verdict(ok=None, detail="There was no fault.")
NEVER_OVER = Verdict(ok=False, detail="A fault was set off and was never over.")
NEVER_RECOVERED = Verdict(ok=False, detail="Nothing succeeded any more after the fault was over.")


def recovers(history: History) -> Verdict:
    case, limit = history.case, history.limits.recovery
    if case.healed is None:
        return NEVER_OVER if case.firings else NO_FAULT
    if case.recovered is None:
        return NEVER_RECOVERED
    took = case.recovered - case.healed
    detail = f"The first success came {took:.2f} s after the fault was over; {limit:g} s are allowed."
    return Verdict(ok=0 <= took <= limit, detail=detail)
