"""The verdict finds each fault of a client, and nothing in one that behaves."""

import pytest

from balancer.mock.journal import ANSWERED, BROKEN, Entry
from balancer.mock.verdict import Rules, verdict

RULES = Rules(max_attempts=3, threshold=2, cooldown=30.0)


def calls(*told):
    """Entries from (clock, provider, status, more)."""
    made = []
    for number, (clock, provider, status, more) in enumerate(told, 1):
        known = {"stream": False, "digest": "d", "behavior": "error", "outcome": ANSWERED, "ended": clock, **more}
        made.append(
            Entry(number, provider, number, method="POST", path="", at=0.0, clock=clock, status=status, **known)
        )
    return made


OTHER = {"digest": "other"}
CASES = {
    "nothing": ([], []),
    "success": ([(0, "a", 200, {}), (0, "a", 200, {})], []),
    "failover": ([(0, "a", 500, {}), (0, "b", 200, {})], []),
    "patient": ([(0, "a", 429, {"retry_after": 2.0}), (2, "a", 200, {})], []),
    "after the cooldown": ([(0, "a", 500, {}), (1, "a", 500, {}), (31.1, "a", 500, {})], []),
    "a success between": ([(0, "a", 500, {}), (1, "a", 200, {}), (2, "a", 500, {}), (3, "a", 200, {})], []),
    "storm": ([(0, "a", 500, {}), (1, "b", 500, {}), (2, "c", 500, {}), (3, "d", 500, {})], ["retry_storm"]),
    "others in between": ([(0, "a", 500, {}), (1, "b", 500, OTHER), (2, "c", 500, {}), (3, "d", 500, OTHER)], []),
    "too early": ([(0, "a", 429, {"retry_after": 2.0}), (1, "a", 200, {})], ["retry_after_ignored"]),
    "another's wait": ([(0, "a", 429, {"retry_after": 2.0}), (1, "b", 200, {})], []),
    "hammering": ([(0, "a", 500, {}), (1, "a", 500, {}), (5, "a", 500, OTHER)], ["hammering"]),
    "hammering a silent one": (
        [(0, "a", None, {"outcome": BROKEN}), (1, "a", None, {"outcome": BROKEN}), (5, "a", 200, OTHER)],
        ["hammering"],
    ),
    "not retryable": ([(0, "a", 400, {}), (1, "a", 400, {})], ["retried_non_retryable"]),
    "another question": ([(0, "a", 400, {}), (1, "a", 200, OTHER)], []),
    "no pause": ([(0, "a", 503, {}), (0.001, "a", 200, {})], ["no_backoff"]),
    "given up": (
        [(0, "a", 200, {"outcome": BROKEN, "stream": True, "behavior": "empty_stream"})],
        ["truncated_stream_accepted"],
    ),
    "asked again": (
        [(0, "a", 200, {"outcome": BROKEN, "stream": True, "behavior": "empty_stream"}), (1, "b", 200, {})],
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_finds_what_is_wrong_and_nothing_else(case):
    told, kinds = CASES[case]

    assert [one.kind for one in verdict(calls(*told), RULES, ["a", "b"])] == kinds


def test_when_all_are_closed_one_of_them_is_the_last_resort():
    told = [(clock, name, 500, {"digest": str(clock)}) for clock in (0, 1) for name in ("a", "b")]
    asked = [*told, (5, "a", 500, OTHER)]

    assert verdict(calls(*asked), RULES, ["a", "b"]) == []
    assert [one.kind for one in verdict(calls(*asked), RULES, ["a", "b", "c"])] == ["hammering"]


def test_without_a_cooldown_nobody_hammers():
    told, _ = CASES["hammering"]

    assert verdict(calls(*told), Rules()) == []


def test_a_finding_names_its_entries():
    told, _ = CASES["too early"]
    (found,) = verdict(calls(*told), RULES)

    assert (found.provider, found.entries) == ("a", (1, 2))
    assert "2 s" in found.message
