"""Distributions keep their promises and repeat with the seed."""

import random
import statistics

from mdt.engine.answers import Fixed, Lognormal, Uniform


def draws(latency, seed=1, count=2000):
    source = random.Random(seed)
    return [latency.draw(source) for _ in range(count)]


def test_fixed_is_the_same():
    assert set(draws(Fixed(0.08))) == {0.08}


def test_uniform_stays_between_its_ends_and_fills_them():
    found = draws(Uniform(1.0, 3.0))

    assert 1.0 <= min(found) < 1.05
    assert 2.95 < max(found) <= 3.0


def test_lognormal_has_its_median_its_spread_and_its_cap():
    found = draws(Lognormal(0.08, 0.4, 0.2))

    assert 0.075 < statistics.median(found) < 0.085
    assert max(found) == 0.2
    assert 0.036 < statistics.quantiles(found, n=20)[0] < 0.047


def test_the_same_seed_gives_the_same_waits():
    latency = Lognormal(0.08, 0.4, 3.0)

    assert draws(latency, seed=7) == draws(latency, seed=7)
    assert draws(latency, seed=7) != draws(latency, seed=8)
