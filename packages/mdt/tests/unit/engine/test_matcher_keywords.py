"""A pattern can never hold up the mock."""

import time

import pytest

from mdt.engine.matcher_keywords import MAX_LENGTH, BoundedPattern

EVIL = BoundedPattern("(a|aa)+$")
LONG = "a" * 60 + "!"


def test_catastrophic_backtracking_is_stopped_and_counts_as_no_match():
    begin = time.perf_counter()

    assert not EVIL.matches(LONG)

    assert time.perf_counter() - begin < 5


def test_a_search_that_takes_too_long_says_so():
    with pytest.raises(TimeoutError):
        EVIL.search(LONG)


def test_a_search_finds_anywhere():
    assert BoundedPattern("b+").matches("abbc")
    assert not BoundedPattern("^b").matches("abbc")


@pytest.mark.parametrize("source", ["(", "[a", "x" * (MAX_LENGTH + 1)])
def test_what_is_no_pattern_is_refused(source):
    with pytest.raises(ValueError, match=r"pattern|regular"):
        BoundedPattern(source)
