"""In which order targets are asked."""

import random
from collections import Counter

import pytest

from balancer.proxy.config import Route, Target
from balancer.proxy.selection import HALF_LIFE, STRATEGIES, Selector


def route(*names, pattern="*", **fields):
    return Route(pattern, tuple(Target(name, "m", **fields) for name in names))


def everyone(name):
    return True


def names(targets):
    return "".join(one.provider for one in targets)


def firsts(selector, the_route, count, usable=everyone):
    return "".join(selector.ordered(the_route, usable)[0].provider for _ in range(count))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_gives_each_usable_target_once(strategy):
    selector = Selector(strategy, random.Random(1))

    for _ in range(50):
        assert sorted(names(selector.ordered(route(*"abcd"), lambda name: name != "c"))) == ["a", "b", "d"]
    assert selector.ordered(route(*"ab"), lambda name: False) == []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_preferred_provider_is_first_and_never_a_wall(strategy):
    selector = Selector(strategy, random.Random(1))

    assert names(selector.ordered(route(*"abc"), everyone, ["c"]))[0] == "c"
    assert "c" not in names(selector.ordered(route(*"abc"), lambda name: name != "c", ["c", "x"]))


def test_priority_sorts_and_keeps_the_files_order_between_equals():
    targets = (Target("a", "m", 2), Target("b", "m", 1), Target("c", "m", 2), Target("d", "m", 1))

    assert names(Selector().ordered(Route("*", targets), everyone)) == "bdac"


def test_round_robin_takes_turns():
    assert firsts(Selector("round_robin"), route(*"abc"), 7) == "abcabca"


def test_round_robin_shares_the_load_of_a_missing_provider_evenly():
    shares = Counter(firsts(Selector("round_robin"), route(*"abc"), 100, lambda name: name != "b"))

    assert shares == {"a": 50, "c": 50}


def test_round_robin_counts_each_route_by_itself():
    selector = Selector("round_robin")

    assert firsts(selector, route(*"ab", pattern="x"), 1) + firsts(selector, route(*"ab", pattern="y"), 1) == "aa"


def test_round_robin_goes_on_where_it_was_when_a_reload_changes_the_list():
    selector = Selector("round_robin")
    firsts(selector, route(*"abcd"), 2)

    assert firsts(selector, route(*"cab"), 4) == "cabc"


def test_weights_are_the_shares():
    targets = (
        Target("a", "m", weight=6),
        Target("b", "m", weight=3),
        Target("c", "m", weight=1),
        Target("d", "m", weight=0),
    )
    selector = Selector("weighted", random.Random(7))
    shares, seconds = Counter(), Counter()

    for _ in range(10_000):
        order = names(selector.ordered(Route("*", targets), everyone))
        shares[order[0]] += 1
        seconds[order[1]] += order[0] == "a"
        assert order[-1] == "d"

    assert {name: round(count / 1000) for name, count in shares.items()} == {"a": 6, "b": 3, "c": 1}
    assert seconds["b"] / seconds["c"] == pytest.approx(3, rel=0.1)


def test_random_gives_every_order():
    selector = Selector("random", random.Random(3))
    orders = Counter(names(selector.ordered(route(*"abc"), everyone)) for _ in range(6000))

    assert len(orders) == 6
    assert min(orders.values()) > 800


def test_least_latency_asks_who_is_not_measured_then_the_fastest():
    selector = Selector("least_latency", clock=lambda: 0.0)
    selector.observe("a", 0.5)
    selector.observe("b", 0.2)

    assert names(selector.ordered(route(*"abc"), everyone)) == "cba"


def test_slow_provider_is_tried_again_when_its_measure_is_old():
    now = 0.0
    selector = Selector("least_latency", clock=lambda: now)
    selector.observe("a", 0.8)
    selector.observe("b", 0.2)
    now = 3 * HALF_LIFE
    selector.observe("b", 0.2)

    assert names(selector.ordered(route(*"ab"), everyone)) == "ab"


def test_one_slow_answer_does_not_decide_alone():
    selector = Selector("least_latency", clock=lambda: 0.0)
    for _ in range(5):
        selector.observe("a", 0.1)
    selector.observe("a", 1.1)

    assert selector.latency("a") == pytest.approx(0.4)
