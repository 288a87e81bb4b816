"""Hosts that are allowed, and scenarios that pass through, reach the real server; nothing else does."""

import asyncio

import httpx
import httpx2
import pytest
import requests

from mdt import as_requests_mock, mock_scenario
from mdt.errors import MdtError, UnmatchedRequestError
from tests.sockets.inprocess.faulty_server import serving


def by_async(library):
    async def get(url):
        async with library.AsyncClient() as client:
            return await client.get(url, headers={"X-A": "1"})

    return lambda url: asyncio.run(get(url))


CLIENTS = {
    "requests": lambda url: requests.get(url, headers={"X-A": "1"}),
    "httpx": lambda url: httpx.get(url, headers={"X-A": "1"}),
    "httpx2": lambda url: httpx2.get(url, headers={"X-A": "1"}),
    "httpx-async": by_async(httpx),
    "httpx2-async": by_async(httpx2),
}


@pytest.fixture
def server():
    with serving("nothing is broken") as url:
        yield url


@pytest.fixture
def forwarding(tmp_path, server):
    """Definitions of a service that answers from the real server."""
    (tmp_path / "internal").mkdir()
    base = server.removesuffix("/thing")
    text = f"""
service: real
url: http://real.internal
default: forward
routes:
  GET /thing:
    forward: {{passthrough: '{base}'}}
    same: {{passthrough: true}}
"""
    (tmp_path / "internal" / "real.yaml").write_text(text)
    return tmp_path


@pytest.mark.parametrize("client", CLIENTS)
def test_an_allowed_host_is_reached_without_a_trace_in_the_journal(client, server):
    with mock_scenario("inventory.available", allow_hosts="127.0.0.1") as m:
        assert CLIENTS[client](server).text == "ok"
        assert m.calls() == []


@pytest.mark.parametrize("client", CLIENTS)
def test_a_host_that_is_not_allowed_is_not_reached(client, server):
    with pytest.raises(UnmatchedRequestError), mock_scenario("inventory.available", allow_hosts="localhost"):
        CLIENTS[client](server)


@pytest.mark.parametrize("client", CLIENTS)
def test_passthrough_goes_to_the_address_that_the_definition_names(client, forwarding):
    with mock_scenario("real.forward", mocks=forwarding) as m:
        assert CLIENTS[client]("http://real.internal/thing").text == "ok"
        assert m.calls()[0].request.url == "http://real.internal/thing"


@pytest.mark.parametrize("client", CLIENTS)
def test_without_a_scenario_the_libraries_reach_the_server(client, server):
    assert CLIENTS[client](server).text == "ok"


def test_a_retry_cannot_go_on_to_the_real_service(tmp_path):
    from requests.adapters import HTTPAdapter
    from urllib3 import Retry

    from mdt import sequence

    (tmp_path / "internal").mkdir()
    routes = "  GET /thing:\n    down: {fault: empty}\n    same: {passthrough: true}\n"
    text = f"service: real\nurl: http://real.internal\ndefault: down\nroutes:\n{routes}"
    (tmp_path / "internal" / "real.yaml").write_text(text)
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=Retry(2)))
    with mock_scenario(sequence("real.down", "real.same"), mocks=tmp_path):  # noqa: SIM117
        with pytest.raises(MdtError, match="a retry cannot go on"):
            session.get("http://real.internal/thing")


def test_passthrough_is_refused_under_requests_mock(forwarding, requests_mock):
    as_requests_mock(requests_mock)
    with (
        mock_scenario("real.forward", mocks=forwarding),
        pytest.raises(MdtError, match="not possible under requests-mock"),
    ):
        requests.get("http://real.internal/thing")


def test_passthrough_to_the_same_address(tmp_path, server):
    (tmp_path / "internal").mkdir()
    base = server.removesuffix("/thing")
    routes = "  GET /thing:\n    same: {passthrough: true}\n"
    text = f"service: real\nurl: {base}\ndefault: same\nroutes:\n{routes}"
    (tmp_path / "internal" / "real.yaml").write_text(text)
    with mock_scenario("real.same", mocks=tmp_path) as m:
        assert [get(server).text for get in CLIENTS.values()] == ["ok"] * 5
        m.real.called(times=5, headers={"X-A": "1"})
