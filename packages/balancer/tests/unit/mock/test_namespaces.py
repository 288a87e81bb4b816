"""Namespaces do not know each other, and do not stay for ever."""

import pytest

from balancer.mock.namespaces import LIMIT, TTL, NamespaceError, Namespaces
from balancer.mock.scenario import ProviderConfig, Scenario

SCENARIO = Scenario("x", [ProviderConfig("a")])


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_default_is_there_without_a_scenario():
    assert Namespaces().get("default").scenario is None


def test_others_are_there_once_they_are_set():
    known = Namespaces()
    with pytest.raises(NamespaceError) as caught:
        known.get("a")
    assert (caught.value.status, caught.value.code) == (404, "no_context")

    assert known.set("a", SCENARIO) is None
    assert known.get("a").scenario is SCENARIO
    assert known.clear("a")
    assert not known.clear("a")
    with pytest.raises(NamespaceError):
        known.get("a")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "../a", "a" * 65, "ä"])
def test_names_that_cannot_be(name):
    known = Namespaces()
    for use in (known.get, known.clear, lambda one: known.set(one, SCENARIO)):
        with pytest.raises(NamespaceError) as caught:
            use(name)
        assert caught.value.status == 422


def test_a_thousand_and_no_more(clock):
    known = Namespaces(clock)
    for number in range(LIMIT - 1):
        known.set(f"n{number}", SCENARIO)

    with pytest.raises(NamespaceError) as caught:
        known.set("more", SCENARIO)
    assert caught.value.status == 507

    known.set("n1", SCENARIO)  # replacing takes no place
    known.clear("n2")
    known.set("more", SCENARIO)


def test_those_that_nobody_uses_go(clock):
    known = Namespaces(clock)
    known.set("a", SCENARIO)
    known.set("b", SCENARIO)
    clock.now += TTL / 2
    known.get("a")
    clock.now += TTL / 2 + 1

    assert {one.name for one in known.every()} == {"default", "a"}
    assert known.purged == 1


def test_a_new_context_begins_anew_and_names_the_old_one():
    known = Namespaces()
    known.set("a", SCENARIO)
    before = known.get("a")
    before.state("a").attempts = 3

    assert known.set("a", SCENARIO) == "x"
    assert known.get("a").state("a").attempts == 0
    assert before.state("a").attempts == 3  # requests that run finish with the scenario that they began with


def test_reset_keeps_the_scenario(clock):
    known = Namespaces(clock)
    known.set("a", SCENARIO)
    there = known.get("a")
    there.advanced = 60
    there.state("a").attempts = 3
    assert there.now() == 160.0

    there.reset()

    assert (there.now(), there.state("a").attempts, there.scenario) == (100.0, 0, SCENARIO)
