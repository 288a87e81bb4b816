"""Which route serves a model."""

import time

import pytest

from balancer.proxy.config import Route, RouteTable, Target

PATTERNS = ["gpt-4.1", "claude-*", "*-mini", "claude-3*", "a?c", "x[12]", "*/gpt-*-preview*", "q?*", "r[1]*"]
TABLE = RouteTable(Route(pattern, (Target("p", "passthrough"),)) for pattern in PATTERNS)


@pytest.mark.parametrize(
    ("model", "pattern"),
    [
        ("gpt-4.1", "gpt-4.1"),
        ("GPT-4.1", "gpt-4.1"),
        ("gpt-4x1", None),
        ("claude-", "claude-"),
        ("claude-3-opus", "claude-*"),
        ("claude-mini", "claude-*"),
        ("Claude-Sonnet-5", "claude-*"),
        ("my-claude-3", None),
        ("gpt-4.1-mini", "*-mini"),
        ("gpt-4.1-mini-2", None),
        ("a?c", "a?c"),
        ("abc", None),
        ("x[12]", "x[12]"),
        ("x1", None),
        ("azure/gpt-5-preview-2", "*/gpt-*-preview*"),
        ("", None),
        ("q?x", "q?*"),
        ("qxx", None),
        ("r[1]x", "r[1]*"),
        ("r1x", None),
        ("claude-\nx", "claude-*"),
    ],
)
def test_exact_name_first_then_the_first_pattern_of_the_file(model, pattern):
    found = TABLE.match(model)

    assert (found and found.pattern) == ("claude-*" if pattern == "claude-" else pattern)


def test_exact_name_wins_over_an_earlier_pattern():
    table = RouteTable([Route("*", ()), Route("gpt-5", ())])

    assert table.match("gpt-5").pattern == "gpt-5"


def test_long_name_chosen_by_a_caller_costs_no_time():
    table = RouteTable([Route("*a*a*a*a*a*b", ())])
    began = time.perf_counter()

    assert table.match("a" * 20_000) is None
    assert time.perf_counter() - began < 1


def test_model_is_the_callers_or_the_targets():
    assert Target("p", "passthrough").model_for("claude-x") == "claude-x"
    assert Target("p", "gpt-x").model_for("claude-x") == "gpt-x"
