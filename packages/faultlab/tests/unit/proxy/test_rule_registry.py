"""Which rule is taken, and how often."""

import pytest

from faultlab.proxy import At, How, Rule
from faultlab.proxy.rule_registry import RuleRegistry


def rule(**values) -> Rule:
    return Rule(**{"at": At.BEFORE, "how": How.RESET} | values)


@pytest.fixture
def rules():
    return RuleRegistry()


def claims(rules, count, *texts, at=At.BEFORE, before=()):
    return [rules.claim(at, texts or ("INSERT",), before) is not None for _ in range(count)]


def test_nothing_is_armed(rules):
    assert claims(rules, 1) == [False]


@pytest.mark.parametrize(
    ("times", "taken"), [(1, [True, False, False]), (2, [True, True, False]), (None, [True, True, True])]
)
def test_a_rule_is_taken_as_often_as_it_says(rules, times, taken):
    rules.arm([rule(times=times)])

    assert claims(rules, 3) == taken


def test_a_rule_is_for_one_moment(rules):
    rules.arm([rule()])

    assert claims(rules, 1, at=At.REPLY) == claims(rules, 1, at=At.CONNECT) == [False]


def test_a_rule_is_for_its_statement(rules):
    rules.arm([rule(statement="insert", times=None)])

    assert claims(rules, 1, "SELECT") == [False]
    assert claims(rules, 1, "INSERT") == [True]
    assert claims(rules, 1, "SELECT", "INSERT") == [True]


def test_a_connection_has_no_statement(rules):
    rules.arm([rule(at=At.CONNECT, statement="INSERT", after_write="x")])

    assert rules.claim(At.CONNECT) is not None


def test_a_rule_may_ask_for_a_write_before(rules):
    rules.arm([rule(statement="COMMIT", after_write="insert into payments", times=None)])

    assert claims(rules, 1, "COMMIT") == [False]
    assert claims(rules, 1, "COMMIT", before=["SELECT 1"]) == [False]
    assert claims(rules, 1, "COMMIT", before=["SELECT 1", "INSERT INTO payments VALUES (1)"]) == [True]


def test_the_write_before_may_be_in_the_same_batch(rules):
    rules.arm([rule(statement="COMMIT", after_write="INSERT", times=None)])

    assert claims(rules, 1, "COMMIT", "INSERT") == [False]
    assert claims(rules, 1, "INSERT", "COMMIT") == [True]
    assert claims(rules, 1, "INSERT", "SELECT") == [False]


def test_the_first_rule_that_was_armed_is_taken(rules):
    first, second = rule(statement="INSERT"), rule()
    rules.arm([first])
    rules.arm([second])

    assert [rules.claim(At.BEFORE, ("INSERT",)).rule for _ in range(2)] == [first, second]


def test_a_rule_can_be_armed_again(rules):
    again = rule()
    rules.arm([again])
    rules.arm([again])

    assert claims(rules, 3) == [True, True, False]


def test_what_was_given_back_can_be_taken_again(rules):
    rules.arm([rule()])
    rules.give_back(rules.claim(At.BEFORE, ("INSERT",)))

    assert claims(rules, 2) == [True, False]


def test_what_was_set_off_is_noted(rules):
    rules.arm([rule(fault="reset", moment="m4")])

    fired = rules.set_off(rules.claim(At.BEFORE, ("INSERT",)), "INSERT")
    rules.note("cut-all", "m1", "2 open connections")

    assert rules.firings()[0] is fired
    assert [(one.fault, one.moment, one.where, one.problem) for one in rules.firings()] == [
        ("reset", "m4", "INSERT", ""),
        ("cut-all", "m1", "2 open connections", ""),
    ]
    assert rules.firings()[0].monotonic <= rules.firings()[1].monotonic


def test_what_was_healed_meanwhile_is_not_set_off(rules):
    rules.arm([rule()])
    armed = rules.claim(At.BEFORE, ("INSERT",))

    rules.heal()

    assert rules.set_off(armed, "INSERT") is None
    assert rules.firings() == []
    assert claims(rules, 1) == [False]


def test_what_could_not_be_done_is_noted_with_it(rules):
    rules.arm([rule(times=2)])
    first, second = (rules.set_off(rules.claim(At.BEFORE, ("INSERT",)), "INSERT") for _ in range(2))

    rules.failed(second, "OSError: no")

    assert [one.problem for one in rules.firings()] == ["", "OSError: no"]
    assert rules.firings()[0] is first
