"""Latency, dribble and silence: a client waits as long as it asked for, no longer."""

import time

import pytest
import requests

from mdt import mock_scenario
from mdt.errors import MdtError

THING = "https://broken.example.com/thing"


@pytest.fixture
def slept(monkeypatch):
    """Seconds slept, without sleeping."""
    seconds = []
    monkeypatch.setattr(time, "sleep", seconds.append)
    return seconds


def read_timeout(client):
    return requests.ReadTimeout if client.package is requests else client.package.ReadTimeout


def test_latency_is_waited_for(client, slept):
    with mock_scenario("broken.late"):
        assert client("GET", THING, timeout=6).status_code == 200
    assert sum(slept) == pytest.approx(5)


def test_a_shorter_timeout_ends_it(client, slept):
    with mock_scenario("broken.late"), pytest.raises(read_timeout(client)):
        client("GET", THING, timeout=0.25)
    assert sum(slept) == pytest.approx(0.25)


def test_no_timeout_waits_for_all_of_it(client, slept):
    with mock_scenario("broken.late"):
        assert client("GET", THING, timeout=None).status_code == 200
    assert sum(slept) == pytest.approx(5)


def test_silence_ends_with_the_timeout(client, slept):
    with mock_scenario("broken.timeout"), pytest.raises(read_timeout(client)):
        client("GET", THING, timeout=3)
    assert sum(slept) == pytest.approx(3)


def test_silence_without_a_timeout_is_told_instead_of_waited_for(client, slept):
    with mock_scenario("broken.timeout"), pytest.raises(MdtError, match="Give the client a timeout"):
        client("GET", THING, timeout=None)
    assert not slept


def test_requests_takes_a_pair_of_timeouts(slept):
    with mock_scenario("broken.timeout"), pytest.raises(requests.ReadTimeout):
        requests.get(THING, timeout=(9, 0.5))
    assert sum(slept) == pytest.approx(0.5)


def test_dribble_pauses_between_its_pieces(client, slept):
    with mock_scenario("broken.dribbled"):
        assert client("GET", THING).json()["text"].endswith("half")
    assert slept == pytest.approx([0.02] * 4)


def test_a_stall_in_the_body_is_a_read_timeout(client, slept):
    error = requests.ConnectionError if client.package is requests else client.package.ReadTimeout
    with mock_scenario("broken.stalls"), pytest.raises(error):
        client("GET", THING, timeout=1)
    assert sum(slept) == pytest.approx(1)
