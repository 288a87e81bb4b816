"""Durations and latencies as they are written."""

import pytest

from mdt.definitions.durations import LONGEST, latency, seconds
from mdt.engine.answers import Fixed, Lognormal, Uniform


@pytest.mark.parametrize(
    ("written", "value"),
    [("80ms", 0.08), ("1.5s", 1.5), ("2m", 120.0), ("1h", 3600.0), (3, 3.0), (0.5, 0.5), (0, 0.0), ("10 ms", 0.01)],
)
def test_durations(written, value):
    assert seconds(written) == pytest.approx(value)


@pytest.mark.parametrize(
    "written", ["", "5", "5 days", "-1s", -1, True, None, [1], "1e3s", LONGEST + 1, "25h", float("nan")]
)
def test_what_is_no_duration(written):
    with pytest.raises(ValueError, match="no duration up to a day"):
        seconds(written)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("80ms", Fixed(0.08)),
        (2, Fixed(2.0)),
        ({"fixed": "1s"}, Fixed(1.0)),
        ({"uniform": {"min": 0, "max": "1s"}}, Uniform(0.0, 1.0)),
        ({"uniform": {"min": 1, "max": 1}}, Uniform(1.0, 1.0)),
        ({"lognormal": {"median": "80ms", "sigma": 0.4, "max": "3s"}}, Lognormal(0.08, 0.4, 3.0)),
        ({"lognormal": {"median": 1, "sigma": 0}}, Lognormal(1.0, 0.0, LONGEST)),
    ],
)
def test_latencies(written, expected):
    assert latency(written) == expected


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ({}, "one of fixed, uniform, lognormal"),
        ({"fixed": 1, "uniform": 1}, "one of"),
        ({"uniform": {"min": 1}}, "exactly the keys min and max"),
        ({"uniform": 1}, "exactly the keys min and max"),
        ({"lognormal": {"median": 1}}, "needs sigma"),
        ({"lognormal": {"median": 1, "sigma": -1}}, "needs sigma"),
        ({"lognormal": {"median": 1, "sigma": True}}, "needs sigma"),
        ({"lognormal": {"median": 1, "sigma": 1, "mean": 2}}, "exactly the keys median and max"),
        ({"lognormal": {"median": 0, "sigma": 1}}, "more than 0"),
        ({"lognormal": {"median": 2, "sigma": 1, "max": 1}}, "not more than max"),
        ({"lognormal": 5}, "needs sigma"),
    ],
)
def test_what_is_no_latency(written, reason):
    with pytest.raises(ValueError, match=reason):
        latency(written)
