"""QUOTA and FLAPPING answer by the clock."""

import pytest

from balancer.mock.limits import is_down, quota
from balancer.mock.namespaces import ProviderState
from balancer.mock.scenario import ProviderConfig
from balancer.wire.formats import Format


@pytest.mark.parametrize(
    ("fields", "requests", "waits"),
    [
        ({"rpm": 2}, [(0, 5), (10, 5), (20, 5), (59.9, 5), (60, 5)], [0, 0, 40, 0.1, 0]),
        ({"tpm": 10}, [(0, 6), (1, 6), (1, 4), (60, 6)], [0, 59, 0, 0]),
        ({"rpm": 5, "tpm": 10}, [(0, 8), (1, 8)], [0, 59]),
        ({}, [(0, 1), (30, 1), (60, 1)], [0, 30, 0]),
        ({"tpm": 10}, [(0, 50), (1, 1), (60, 1)], [0, 59, 0]),
    ],
)
def test_quota_waits_exactly_until_the_request_fits(fields, requests, waits):
    provider, state = ProviderConfig("p", **fields), ProviderState()

    found = [quota(provider, state, now, tokens).wait for now, tokens in requests]

    assert found == pytest.approx(waits)


def test_quota_tells_what_is_left():
    provider, state = ProviderConfig("p", rpm=3), ProviderState()

    left = [quota(provider, state, 0, 1) for _ in range(3)]

    assert [one.remaining for one in left] == [2, 1, 0]
    assert left[0].headers(Format.OPENAI, 60)["x-ratelimit-remaining-requests"] == "2"
    assert left[0].headers(Format.ANTHROPIC, 60)["anthropic-ratelimit-requests-remaining"] == "2"


def test_flapping_is_down_first_and_then_up():
    provider, state = ProviderConfig("p", down_s=10), ProviderState()

    assert [is_down(provider, state, now) for now in (5, 14.9, 15, 24.9, 25, 35)] == [
        True,
        True,
        False,
        False,
        True,
        False,
    ]


def test_flapping_of_no_time_is_up():
    assert not is_down(ProviderConfig("p", down_s=0), ProviderState(), 5)
