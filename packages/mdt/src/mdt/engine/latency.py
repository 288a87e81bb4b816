"""How long an answer waits: fixed, uniform, or lognormal, drawn from the session's random numbers."""

import math
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Fixed:
    seconds: float

    def draw(self, random: Random) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True)
class Uniform:
    least: float
    most: float

    def draw(self, random: Random) -> float:
        return random.uniform(self.least, self.most)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """Half of the waits are below the median; `sigma` is the spread of the logarithm; none exceeds `most`."""

    median: float
    sigma: float
    most: float

    def draw(self, random: Random) -> float:
        return min(random.lognormvariate(math.log(self.median), self.sigma), self.most)


type Latency = Fixed | Uniform | Lognormal
