"""Scenarios are checked when they are made, in Python and as JSON."""

import pytest

from balancer.mock.behaviors import ExpectedBehavior, ProviderBehavior
from balancer.mock.context import ContextError, context_of, scenario_of
from balancer.mock.scenario import ProviderConfig, Scenario

GUIDE = {
    "name": "debug_test",
    "expected_behavior": "success",
    "model_name": "test-model",
    "providers": [
        {"name": "debug_provider", "behavior": "success", "response_data": {"content": "Debug response"}, "provider_type": "anthropic"}
    ],
}  # fmt: skip


def test_the_guides_context_is_a_scenario():
    scenario = scenario_of(GUIDE)

    assert scenario.providers[0].behavior is ProviderBehavior.SUCCESS
    assert scenario.expected_behavior is ExpectedBehavior.SUCCESS
    assert context_of(scenario)["providers"][0]["response_data"] == {"content": "Debug response"}


def test_providers_without_a_priority_get_their_place():
    given = [ProviderConfig("a"), ProviderConfig("b", priority=1), ProviderConfig("c")]

    assert [one.priority for one in Scenario("x", given).providers] == [1, 1, 3]
    assert [one.name for one in Scenario("x", given[::-1]).by_priority()] == ["c", "b", "a"]


BAD_PROVIDERS = [
    ({"name": ""}, "name"),
    ({"name": "a b"}, "name"),
    ({"name": "../x"}, "name"),
    ({"priority": -1}, "priority"),
    ({"delay_ms": -1}, "delay_ms"),
    ({"tokens_per_second": float("inf")}, "tokens_per_second"),
    ({"jitter": float("nan")}, "jitter"),
    ({"retry_after": -1}, "retry_after"),
    ({"error_http_code": 200}, "error_http_code"),
    ({"error_http_code": 399}, "error_http_code"),
    ({"error_http_code": 600}, "error_http_code"),
    ({"provider_type": "gemini"}, "provider_type"),
    ({"timeout_phase": "later"}, "timeout_phase"),
    ({"connection_phase": "never"}, "connection_phase"),
    ({"ssl_fault": "no"}, "ssl_fault"),
    ({"headers": {"x-a": "1\r\nx-b: 2"}}, "header"),
    ({"headers": {"x a": "1"}}, "header"),
    ({"behavior": "sucess"}, "sucess"),
    ({"script": ["success", "nope"]}, "nope"),
]


@pytest.mark.parametrize(("fields", "named"), BAD_PROVIDERS, ids=lambda one: str(one)[:40])
def test_a_provider_that_cannot_be_is_refused(fields, named):
    with pytest.raises(ValueError, match=named):
        ProviderConfig(**{"name": "p", **fields})


@pytest.mark.parametrize("code", [400, 599, None])
def test_error_codes_within_the_range_are_taken(code):
    assert ProviderConfig("p", error_http_code=code).error_http_code == code


def test_an_error_under_a_good_status_has_to_be_meant():
    assert ProviderConfig("p", error_http_code=200, body_style="string").error_http_code == 200


@pytest.mark.parametrize(
    ("name", "providers", "named"),
    [
        ("", [ProviderConfig("a")], "name"),
        ("x", [], "none"),
        ("x", [ProviderConfig("a"), ProviderConfig("b"), ProviderConfig("a")], "'a'"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused(name, providers, named):
    with pytest.raises(ValueError, match=named):
        Scenario(name, providers)


def test_scenarios_do_not_change():
    with pytest.raises(AttributeError):
        ProviderConfig("a").name = "b"
    with pytest.raises(AttributeError):
        Scenario("x", [ProviderConfig("a")]).name = "y"


@pytest.mark.parametrize(
    ("fields", "attempts"),
    [
        ({}, ["error", "error", "error", "error"]),
        ({"error_count": 2}, ["error", "error", "success", "success"]),
        ({"script": ["timeout", "success"]}, ["timeout", "success", "success", "success"]),
        ({"script": ["timeout"], "error_count": 1}, ["timeout", "timeout", "timeout", "timeout"]),
    ],
)
def test_behaviour_by_attempt(fields, attempts):
    provider = ProviderConfig("p", ProviderBehavior.ERROR, **fields)

    assert [provider.behavior_of(attempt) for attempt in (1, 2, 3, 4)] == attempts


BAD_CONTEXTS = [
    ([], {"/"}),
    ({}, {"/name", "/providers"}),
    ({"name": "x", "providers": []}, {"/providers"}),
    ({"name": "x", "providers": [{"name": "a"}, {"name": "a"}]}, {"/providers"}),
    ({"name": "x", "providers": [{"name": "a", "behavior": "nope"}]}, {"/providers/0/behavior"}),
    ({"name": "x", "providers": [{"name": "a"}, {"name": "b", "delay_ms": -1}]}, {"/providers/1/delay_ms"}),
    ({"name": "x", "providers": [{"name": "a", "error_http_code": 42}]}, {"/providers/0/error_http_code"}),
    ({"name": "x", "providers": [{"name": "a", "script": ["success", 1]}]}, {"/providers/0/script/1"}),
    ({"name": "x", "expected_behavior": "luck", "providers": [{"name": "a"}]}, {"/expected_behavior"}),
    ({"name": "x", "providers": [{"behavior": "nope", "tpm": "x"}]}, {"/providers/0/name", "/providers/0/behavior", "/providers/0/tpm"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("context", "pointers"), BAD_CONTEXTS, ids=lambda one: str(sorted(one) if isinstance(one, set) else one)[:50]
)
def test_every_mistake_of_a_context_is_named(context, pointers):
    with pytest.raises(ContextError) as caught:
        scenario_of(context)

    assert {one["pointer"] for one in caught.value.problems} == pointers


@pytest.mark.parametrize(
    ("context", "hint"),
    [
        ({"name": "x", "provider": [], "providers": [{"name": "a"}]}, "providers"),
        ({"name": "x", "providers": [{"name": "a", "behaviour": "error"}]}, "behavior"),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest(context, hint):
    with pytest.raises(ContextError, match=f"Did you mean {hint}"):
        scenario_of(context)


def test_a_scenario_survives_the_way_over_json():
    scenario = Scenario(
        "x",
        [
            ProviderConfig("a", ProviderBehavior.STREAM_CUT, script=[ProviderBehavior.ERROR], headers={"x-a": "1"}, usage={"input_tokens": 3}),
            ProviderConfig("b", provider_type="openai", tool_calls=[{"name": "f", "arguments": {"a": 1}}]),
        ],
        ExpectedBehavior.FAILOVER,
        settings_override={"failure_cooldown": 5},
    )  # fmt: skip

    assert context_of(scenario_of(context_of(scenario))) == context_of(scenario)
