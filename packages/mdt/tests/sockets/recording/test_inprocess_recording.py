"""Each client library is recorded against a real service, and gets the same answers from the recording."""

import asyncio
import time

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from mdt import mock_scenario, record, replay
from mdt.errors import MdtError, UnmatchedRequestError
from mdt.recording.session_file import read_recording
from tests.sockets.recording.conftest import TOKEN

NO_CONNECTION = (
    requests.ConnectionError,
    httpx.TransportError,
    httpx2.TransportError,
    urllib3.exceptions.HTTPError,
    aiohttp.ClientError,
)


class Sync:
    """requests, httpx and httpx2."""

    def __init__(self, library) -> None:
        self.package = library

    def __call__(self, method, url, **options):
        with self.package.Session() if self.package is requests else self.package.Client() as client:
            answer = client.request(method, url, **options)
            return answer.status_code, answer.content

    def lines(self, url):
        if self.package is requests:
            with requests.get(url, stream=True) as answer:
                yield from (line.decode() for line in answer.iter_lines(chunk_size=1))
        else:
            with self.package.stream("GET", url) as answer:
                yield from answer.iter_lines()


class Urllib3:
    def __call__(self, method, url, json=None, headers=None):
        with urllib3.PoolManager() as pool:
            answer = pool.request(method, url, json=json, headers=headers, redirect=False)
            return answer.status, answer.data

    def lines(self, url):
        with urllib3.PoolManager() as pool:
            answer = pool.request("GET", url, preload_content=False)
            yield from (line.decode().rstrip("\n") for line in answer)


class Async:
    """httpx and httpx2."""

    def __init__(self, library) -> None:
        self.package = library

    def __call__(self, method, url, **options):
        async def ask():
            async with self.package.AsyncClient() as client:
                answer = await client.request(method, url, **options)
                return answer.status_code, answer.content

        return asyncio.run(ask())

    def lines(self, url):
        async def ask():
            async with self.package.AsyncClient() as client, client.stream("GET", url) as answer:
                return [(line, time.monotonic()) async for line in answer.aiter_lines()]

        return asyncio.run(ask())


class Aiohttp:
    def __call__(self, method, url, **options):
        async def ask():
            async with aiohttp.ClientSession() as client, client.request(method, url, **options) as answer:
                return answer.status, await answer.read()

        return asyncio.run(ask())

    def lines(self, url):
        async def ask():
            async with aiohttp.ClientSession() as client, client.get(url) as answer:
                return [(line.decode().rstrip("\n"), time.monotonic()) async for line in answer.content]

        return asyncio.run(ask())


CLIENTS = {
    "requests": Sync(requests),
    "httpx": Sync(httpx),
    "httpx2": Sync(httpx2),
    "urllib3": Urllib3(),
    "httpx-async": Async(httpx),
    "httpx2-async": Async(httpx2),
    "aiohttp": Aiohttp(),
}


@pytest.fixture(params=CLIENTS)
def client(request):
    return CLIENTS[request.param]


def login(client, real, phone="13912345678"):
    """A token from an answer is used in the next request."""
    status, body = client("POST", f"{real}/login", json={"phone": phone, "password": "hunter22"})
    token = __import__("json").loads(body)["access_token"]
    return status, token, client("GET", f"{real}/me", headers={"authorization": f"Bearer {token}"})


def test_a_chain_with_a_token_is_recorded_without_it_and_replayed(client, real, mocks):
    with record("shop", mocks=mocks, session="login") as recording:
        assert login(client, real) == (201, TOKEN, (200, b'{"id": 7, "known": true}'))

    text = recording.file.read_text()
    assert all(secret not in text for secret in (TOKEN, "13912345678", "hunter22", "s3cr3t-cookie"))
    assert recording.count == 2
    for mode in ("strict", "match", "spy"):
        with replay("shop", "login", mode=mode, mocks=mocks) as played:
            assert login(client, real, "13800001111") == (201, "redacted-token-1", (200, b'{"id":7,"known":true}'))
            assert len(played.mocks.shop.called("GET /me")) == 1


def stamped(lines):
    """Lines with the time when they came, whether they carry it or not."""
    return [one if isinstance(one, tuple) else (one, time.monotonic()) for one in lines]


def test_a_stream_passes_as_it_comes_and_is_replayed_with_its_pauses(client, real, mocks):
    def events():
        lines = stamped(client.lines(f"{real}/stream"))
        came = [(line, at) for line, at in lines if line]
        return [line.replace(" ", "") for line, _at in came], came[-1][1] - came[0][1]

    with record("shop", mocks=mocks, session="stream") as recording:
        lines, seconds = events()
    assert len(lines) == 3
    assert "tok-in-stream" in lines[0]
    assert seconds > 0.2

    sse = read_recording(recording.file).calls[0].answer.body["sse"]
    assert [event["data"] for event in sse] == [{"n": number, "token": "redacted-token-1"} for number in range(3)]
    with replay("shop", "stream", mocks=mocks):
        lines, seconds = events()
    assert "redacted-token-1" in lines[2]
    assert seconds > 0.2


def test_bodies_of_all_kinds(client, real, mocks):
    def all_kinds():
        return [client("GET", f"{real}/{path}")[1] for path in ("zip", "binary", "large")]

    with record("shop", mocks=mocks, session="kinds") as recording:
        real_bodies = all_kinds()
    forms = [list(call.answer.body) for call in read_recording(recording.file).calls]
    assert forms == [["json"], ["base64"], ["json"]]
    with replay("shop", "kinds", mocks=mocks):
        assert all_kinds() == [b'{"zipped":true}', *real_bodies[1:]]


def test_an_answer_that_breaks_off_is_recorded_as_partial(client, real, mocks):
    with (
        record("shop", mocks=mocks) as recording,
        pytest.raises(Exception, match=r"(?i)incomplete|peer closed|payload"),
    ):
        client("GET", f"{real}/broken")
    call = read_recording(recording.file).calls[-1]  # urllib3 tries again
    assert call.answer.partial
    assert call.answer.body == {"text": "x" * 1000}


def test_a_service_that_is_down_is_recorded_and_replayed_as_a_fault(client, mocks):
    down = "http://127.0.0.1:9"
    with (
        record("down", target=down, mocks=mocks, session="down") as recording,
        pytest.raises(NO_CONNECTION),
    ):
        client("GET", f"{down}/x")
    assert {call.answer.fault for call in read_recording(recording.file).calls} == {"connection-reset"}
    with replay("down", "down", mocks=mocks), pytest.raises(NO_CONNECTION):
        client("GET", f"{down}/x")


def test_a_body_beyond_the_limit_is_cut_in_the_file_and_whole_for_the_client(real, mocks):
    (mocks / "mdt.yaml").write_text("recording: {maxBody: 1000}\n")
    with record("shop", mocks=mocks) as recording:
        assert len(requests.get(f"{real}/large", timeout=5).content) == 100_002
    (call,) = read_recording(recording.file).calls
    assert call.answer.partial
    assert len(call.answer.body["text"]) == 1000


def test_each_attempt_of_a_retry_is_recorded(real, mocks):
    session = requests.Session()
    retry = urllib3.Retry(2, status_forcelist=[401], raise_on_status=False, backoff_factor=0)
    session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retry))
    with record("shop", mocks=mocks) as recording, session:
        assert session.get(f"{real}/me", timeout=5).status_code == 401
    assert [call.answer.status for call in read_recording(recording.file).calls] == [401, 401, 401]


def test_the_recorder_reaches_no_other_host(client, real, mocks):
    with pytest.raises(UnmatchedRequestError), record("shop", mocks=mocks) as recording:
        client("GET", "http://elsewhere.invalid/")
    assert recording.file is None


def test_a_redirect_elsewhere_is_recorded_and_not_followed(real, mocks):
    with pytest.raises(UnmatchedRequestError, match=r"elsewhere\.invalid"), record("shop", mocks=mocks) as recording:
        requests.get(f"{real}/away", timeout=5)
    (call,) = read_recording(recording.file).calls
    assert dict(call.answer.headers)["location"] == "http://elsewhere.invalid/x?access_token=redacted-token-1"


def test_unmocked_records_only_what_the_definitions_do_not_answer(client, real, mocks):
    with record("shop", unmocked=True, mocks=mocks) as recording:
        assert client("GET", f"{real}/mocked") == (200, b'{"mocked":true}')
        recording.mocks.switch("shop.other")
        assert client("GET", f"{real}/mocked") == (200, b'{"other":true}')
        assert client("GET", f"{real}/zip")[1] == b'{"zipped": true}'
    assert [call.request.path for call in read_recording(recording.file).calls] == ["/zip"]


def test_a_selected_scenario_lies_over_a_replay(client, real, mocks):
    with record("shop", mocks=mocks, session="one"):
        client("GET", f"{real}/zip")
    with mock_scenario(replay("shop", "one"), "shop.other", mocks=mocks):
        assert client("GET", f"{real}/mocked")[1] == b'{"other":true}'
        assert client("GET", f"{real}/zip")[1] == b'{"zipped":true}'


def test_spy_calls_the_real_service_for_the_rest(client, real, mocks):
    with record("shop", mocks=mocks, session="one"):
        assert client("GET", f"{real}/count")[1].startswith(b'{"n": 1')
    with replay("shop", "one", mode="spy", mocks=mocks):
        assert client("GET", f"{real}/count")[1].startswith(b'{"n":1')
        assert client("GET", f"{real}/count")[1].startswith(b'{"n": 2')
        assert client("GET", f"{real}/zip")[1] == b'{"zipped": true}'


def test_diff_tells_what_the_real_service_answers_otherwise(client, real, mocks):
    with record("shop", mocks=mocks, session="one"):
        client("GET", f"{real}/zip")
        client("GET", f"{real}/count")
    with replay("shop", "one", mode="diff", mocks=mocks) as played:
        client("GET", f"{real}/zip")
        assert client("GET", f"{real}/count")[1].startswith(b'{"n": 2')
        client("GET", f"{real}/binary")
    assert played.compared == 3
    assert [str(one) for one in played.differences] == ["GET /count: $.n: 2 → 1", "GET /binary: it was not recorded"]


def test_a_foreign_target_must_be_allowed(mocks):
    with pytest.raises(MdtError, match=r"api\.shop\.com is not the host of shop"):
        record("shop", target="https://api.shop.com", mocks=mocks).__enter__()
    with record("shop", target="https://api.shop.com", mocks=mocks, allow_hosts="api.shop.com") as recording:
        assert recording.target == "https://api.shop.com"


def test_a_recorder_belongs_to_the_outermost_block(mocks):
    with (
        mock_scenario("shop.ok", mocks=mocks),
        pytest.raises(MdtError, match="outermost"),
        record("shop"),
    ):
        raise AssertionError("never reached")


def test_a_secret_that_shows_later_is_replaced_in_earlier_calls_at_the_end(real, mocks):
    with record("shop", mocks=mocks) as recording:
        requests.post(f"{real}/echo", json={"ref": "later-secret"}, timeout=5)
        requests.post(f"{real}/echo", json={"password": "later-secret"}, timeout=5)
        assert "later-secret" in recording.file.read_text()
    assert "later-secret" not in recording.file.read_text()
    assert len(read_recording(recording.file).calls) == 2
