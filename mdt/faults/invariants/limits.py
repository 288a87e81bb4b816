"""Every limit of time that a promise has, in one place."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds. `slack` is the factor for a slow machine; the service's own budget is not stretched, what it may exceed it by is."""

    alive: float = 0.1  # an answer of the liveness address
    prompt: float = 0.1  # a refusal, where waiting is of no use
    recovery: float = 2.0  # from the end of the fault to the first success
    spare: float = 0.5  # over the budget

    @classmethod
    def with_slack(cls, slack: float) -> "Limits":
        if not 0 < slack < math.inf:
            raise ValueError(f"slack is a number over 0, not {slack}")
        usual = cls()
        return cls(usual.alive * slack, usual.prompt * slack, usual.recovery * slack, usual.spare * slack)
