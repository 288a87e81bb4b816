"""The SDKs of OpenAI and Anthropic against the server: the key alone tells them their session. And asynchronous ones in the process."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest

from mdt import mock_scenario
from mdt.server.runner import start_in_thread
from tests.sockets.sdks.calls import CALLS, FOLDER, asked, asked_async


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    running = start_in_thread(FOLDER)
    yield running
    running.stop()


def urls(server: Any) -> dict[str, str]:
    """The addresses of the services, the same for every session."""
    return {name: server.client().address_of(name) for name in ("openai", "anthropic")}


@pytest.mark.parametrize("call", CALLS)
def test_each_call_is_answered_in_the_session_of_its_key(server, call):
    sdk, _ask, answer = CALLS[call]
    with server.client().session(["openai.ok", "anthropic.ok"]) as session:
        key, bases = session["key"], urls(server)

        assert asked(call, key, bases) == answer
        assert asyncio.run(asked_async(call, key, bases)) == answer
        assert [one["service"] for one in server.client().journal(session["id"])] == [sdk, sdk]


@pytest.mark.parametrize("call", CALLS)
def test_each_call_of_an_asynchronous_client_is_answered_in_the_process(call):
    with mock_scenario("openai.ok", "anthropic.ok", mocks=FOLDER) as m:
        assert asyncio.run(asked_async(call, m.key)) == CALLS[call][2]
        assert len(m.calls()) == 1


def test_sessions_at_the_same_time_do_not_see_each_other(server):
    client = server.client()
    opened = [client.open(names=["openai.limited" if number % 2 else "openai.ok"]) for number in range(8)]

    def ask(session: dict[str, Any]) -> str:
        try:
            return asked("openai chat", session["key"], urls(server))
        except openai.RateLimitError:
            return "limited"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, opened * 5))

    assert found == ["hello from gpt", "limited"] * 20
    assert {len(client.journal(session["id"])) for session in opened} == {5}
    for session in opened:
        client.close(session["id"])


def test_a_key_of_no_session_is_told(server):
    with pytest.raises(openai.InternalServerError) as caught:
        asked("openai chat", "sk-mdt-gone", urls(server))

    assert caught.value.response.headers["x-mdt-error"] == "unknown-session"
    assert "There is no session 'gone'" in caught.value.response.text


def test_another_key_is_no_session(server):
    before = len(server.client().journal())

    assert asked("openai chat", "sk-proj-abc", urls(server)) == CALLS["openai chat"][2]
    assert len(server.client().journal()) == before + 1


def test_a_header_wins_over_the_key(server):
    with server.client().session("openai.limited") as limited, server.client().session("openai.ok") as ok:
        headers = {"X-Mdt-Session": limited["id"]}
        with pytest.raises(openai.RateLimitError):
            asked("openai chat", ok["key"], urls(server), default_headers=headers)
