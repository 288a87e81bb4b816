"""A number for the demands on one: bounds and factors, exact by fractions."""

import math
import random
from dataclasses import dataclass
from fractions import Fraction

_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1), "int8": (-128, 127), "uint8": (0, 255),
           "int16": (-(2**15), 2**15 - 1), "uint16": (0, 2**16 - 1), "uint32": (0, 2**32 - 1), "uint64": (0, 2**64 - 1)}  # fmt: skip
_USUAL = (1, 100)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number must be. A bound is the number and whether it is excluded; None is no bound."""

    low: tuple[Fraction, bool] | None = None
    high: tuple[Fraction, bool] | None = None
    factors: tuple[Fraction, ...] = ()
    whole: bool = False
    broken: bool = False  # not whole

    @property
    def step(self) -> Fraction:
        """The smallest number whose multiples are multiples of all factors."""
        factors = [*self.factors, *([Fraction(1)] if self.whole else [])]
        step = Fraction(0)
        for one in factors:
            step = one if not step else _common(step, one)
        return step

    def holds(self, number: Fraction) -> bool:
        return (
            (self.low is None or number > self.low[0] or (number == self.low[0] and not self.low[1]))
            and (self.high is None or number < self.high[0] or (number == self.high[0] and not self.high[1]))
            and all((number / one).denominator == 1 for one in self.factors)
            and not (self.whole and number.denominator != 1)
            and not (self.broken and number.denominator == 1)
        )


def _common(one: Fraction, two: Fraction) -> Fraction:
    """The least common multiple of two fractions."""
    return Fraction(math.lcm(one.numerator, two.numerator), math.gcd(one.denominator, two.denominator))


def exact(value: float) -> Fraction:
    """The number as it is written: 0.1 is a tenth."""
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def of_format(form: str) -> Bounds:
    low, high = _RANGES.get(form, (None, None))
    if low is None or high is None:
        return Bounds()
    return Bounds((Fraction(low), False), (Fraction(high), False))


def number(bounds: Bounds, rng: random.Random, *, extreme: bool = False, offset: int = 0) -> int | float | None:
    """A number within the bounds; None if there is none. `extreme` is the largest, or the smallest where no largest is known.

    Numbers of other offsets differ.
    """
    step = bounds.step
    for wanted in _wanted(bounds, rng, offset, extreme=extreme):
        for one in _near(wanted, step):
            if bounds.holds(one):
                return _plain(one)
    return None


def _wanted(bounds: Bounds, rng: random.Random, offset: int, *, extreme: bool) -> list[Fraction]:
    low = bounds.low[0] if bounds.low else None
    high = bounds.high[0] if bounds.high else None
    edge = bounds.step or Fraction(1, 1000)
    if extreme and (low is not None or high is not None):
        ends = [high, high and high - edge, low, low and low + edge]
        first = [one for one in ends if one is not None]
    else:
        first = []
    first_usual = max(low, Fraction(_USUAL[0])) if low is not None else Fraction(_USUAL[0])
    if high is not None and first_usual > high:
        first_usual = low if low is not None else high - _USUAL[1]
    span = _USUAL[1] if high is None else min(Fraction(_USUAL[1]), high - first_usual)
    usual = first_usual + (int(rng.random() * float(span)) + offset * (bounds.step or 1))
    inside = [usual, first_usual + offset * edge]
    inside += [one for one in (low, high) if one is not None]
    inside += [one for one in (low and low + edge, high and high - edge) if one is not None]
    if low is not None and high is not None:
        inside += [(low + high) / 2, low + (high - low) * Fraction(rng.randrange(1, 1000), 1001)]
    halves = [one + Fraction(1, 2) for one in inside] if bounds.broken else []
    return [*first, *halves, *inside, Fraction(0)]


def _near(wanted: Fraction, step: Fraction) -> list[Fraction]:
    """The multiples of the step around a number."""
    if not step:
        return [wanted]
    below = math.floor(wanted / step) * step
    return [below, below + step, below - step] if below != wanted else [wanted, wanted + step, wanted - step]


def _plain(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
