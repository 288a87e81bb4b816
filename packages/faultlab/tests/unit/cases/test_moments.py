"""Where the proxy meets each moment, as a table."""

import pytest

from faultlab.cases.moments import MOMENTS, POINTS, rule
from faultlab.proxy import At, How
from tests.unit.world import Shop

WRITE, READ = Shop.write, Shop.read


@pytest.mark.parametrize(
    ("moment", "at", "statement", "after_write"),
    [
        ("m0", At.CONNECT, None, None),
        ("m2", At.REPLY, WRITE, None),
        ("m3", At.AFTER, WRITE, None),
        ("m4", At.BEFORE, "COMMIT", WRITE),
        ("m5", At.REPLY, "COMMIT", WRITE),
        ("m6", At.BEFORE, "COMMIT", WRITE),
        ("m7", At.AFTER, "COMMIT", WRITE),
        ("m8", At.REPLY, READ, None),
    ],
)
def test_rule_of_a_moment(moment, at, statement, after_write):
    made = rule(Shop(), moment, How.RESET, fault="reset", times=3)

    assert (made.at, made.statement, made.after_write, made.moment) == (at, statement, after_write, moment)
    assert (made.how, made.fault, made.times) == (How.RESET, "reset", 3)


def test_another_side_of_the_statement():
    assert rule(Shop(), "m2", How.RESET, at=At.BEFORE).at is At.BEFORE
    assert rule(Shop(), "m0", How.RESET, at=At.BEFORE).at is At.CONNECT


def test_every_moment_of_the_report_has_its_place():
    """m1 has no statement: what is idle is struck at once."""
    assert {"m0", "m1", *POINTS} == set(MOMENTS)
