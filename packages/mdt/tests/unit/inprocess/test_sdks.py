"""The SDKs of OpenAI and Anthropic, which call through httpx2: answered in the process, and no call reaches the network.

pytest-socket lets no test of this folder open a connection: a call that went out would fail.
"""

import threading

import anthropic
import httpx2
import openai
import pytest

from mdt import mock_scenario
from mdt.errors import MdtError, NoSessionError, UnmatchedRequestError
from tests.sockets.sdks.calls import CALLS, FOLDER, asked, client

pytestmark = pytest.mark.may_be_void("one client of several is called each time")


@pytest.mark.parametrize("call", CALLS)
def test_each_call_is_answered(call):
    with mock_scenario("openai.ok", "anthropic.ok", mocks=FOLDER) as m:
        assert asked(call, m.key) == CALLS[call][2]
        assert [entry.service for entry in m.calls()] == [CALLS[call][0]]


def test_they_call_through_httpx2():
    for sdk in ("openai", "anthropic"):
        with client(sdk, "key") as one:
            assert isinstance(one._client, httpx2.Client)


def test_an_error_is_retried_as_the_sdk_does():
    with mock_scenario("openai.limited", "anthropic.overloaded", mocks=FOLDER) as m:
        with pytest.raises(openai.RateLimitError, match="slow down"):
            asked("openai chat", m.key, max_retries=1)
        with pytest.raises(anthropic.APIStatusError, match="busy"):
            asked("anthropic message", m.key)
        assert len(m.openai.calls()) == 2
        assert len(m.anthropic.calls()) == 1


def test_a_route_that_is_missing_is_an_error_and_no_live_call():
    with mock_scenario("openai.ok", mocks=FOLDER) as m:
        with client("openai", m.key) as one, pytest.raises(UnmatchedRequestError, match="POST /chat/completions"):
            one.embeddings.create(model="m", input="x", encoding_format="float")
        m.reset()


def test_a_thread_without_a_session_is_told_its_session_by_the_key():
    with mock_scenario("openai.ok", mocks=FOLDER) as m:
        key, found = m.key, []

        def work(key: str) -> None:
            try:
                found.append(asked("openai chat", key))
            except (openai.APIConnectionError, MdtError) as error:
                found.append(error)

        for one in (key, f"{key}-gone", "sk-proj-real"):
            thread = threading.Thread(target=work, args=(one,))
            thread.start()
            thread.join()

    good, gone, real = found
    assert good == CALLS["openai chat"][2]
    assert "which is not open" in str(gone)
    assert "belongs to no session" in str(real)
    assert {type(gone), type(real)} == {NoSessionError}


def test_no_key_names_a_session_if_the_settings_say_so(tmp_path):
    (tmp_path / "internal").mkdir()
    (tmp_path / "mdt.yaml").write_text("sessionKeys: []\n", encoding="utf-8")
    (tmp_path / "internal" / "shop.yaml").write_text("routes: {GET /: {ok: {json: 1}}}\n", encoding="utf-8")
    with (
        mock_scenario("shop.ok", mocks=tmp_path) as m,
        pytest.raises(MdtError, match="`sessionKeys` in mdt"),
    ):
        m.key  # noqa: B018 - reading it raises
