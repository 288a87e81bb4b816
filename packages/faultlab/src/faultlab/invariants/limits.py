"""Every limit of time that a promise has, in one place."""

import math
from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds. `slack` is the factor for a slow machine; the service's own budget is not stretched, what it may exceed it by is."""

    alive: float = 0.1  # an answer of the liveness address, while the database is away
    hiccup: float = 0.2  # one such answer during an outage
    burst: float = 0.25  # from the beginning of that, until requests that came all at once are worked off
    hung: float = 1.0  # an answer of the liveness address at any time
    prompt: float = 0.1  # a refusal, where waiting is of no use
    recovery: float = 2.0  # from the end of the fault to the first success
    spare: float = 0.5  # over the budget

    @classmethod
    def with_slack(cls, slack: float) -> "Limits":
        if not 0 < slack < math.inf:
            raise ValueError(f"slack is a number over 0, not {slack}")
        usual = cls()
        return cls(*(value * slack for value in astuple(usual)))
