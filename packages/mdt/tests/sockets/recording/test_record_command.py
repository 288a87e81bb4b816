"""`mdt mock record` and `replay` as processes: a proxy that survives a kill, and what it hands to its clients."""

import json
import signal
import threading
import time

import pytest
import requests

from mdt.recording.session_file import read_recording
from tests.sockets.cli.support import document, mdt, served
from tests.sockets.recording.conftest import TOKEN, real_service


def folder_of(tmp_path, url):
    (tmp_path / "mocks" / "internal").mkdir(parents=True)
    routes = "  GET /mocked:\n    ok: {json: {mocked: true}}\n"
    text = f"service: shop\nurl: {url}\ndefault: ok\nroutes:\n{routes}"
    (tmp_path / "mocks" / "internal" / "shop.yaml").write_text(text)
    return tmp_path


def recording_of(tmp_path, session="one"):
    return tmp_path / "mocks" / "internal" / "shop" / "recordings" / f"{session}.yaml"


def test_a_chain_through_the_proxy_and_its_replay(tmp_path):
    def chain(base, phone):
        token = requests.post(f"{base}/login", json={"phone": phone, "password": "hunter22"}, timeout=10).json()
        headers = {"authorization": f"Bearer {token['access_token']}"}
        return token["access_token"], requests.get(f"{base}/me", headers=headers, timeout=10).json()

    with real_service() as (url, seen):
        folder_of(tmp_path, url)
        with served(tmp_path, "--service", "shop", "--session", "one", verb="record") as proxy:
            assert chain(proxy.url, "13912345678") == (TOKEN, {"id": 7, "known": True})
            assert requests.get(f"{proxy.url}/zip", timeout=10).json() == {"zipped": True}
            near = requests.get(f"{proxy.url}/near", timeout=10, allow_redirects=False)
            assert near.headers["location"] == "/zip"
            away = requests.get(f"{proxy.url}/away", timeout=10, allow_redirects=False)
            assert away.headers["location"].startswith("http://elsewhere.invalid/")
            steered = requests.get(f"{proxy.url}/zip", headers={"host": "elsewhere.invalid"}, timeout=10)
            assert steered.json() == {"zipped": True}
            code, said = proxy.end()
    assert code == 0
    assert "6 calls in" in said
    assert "replaced: cookie 1, password 1, phone 1, token 2" in said
    text = recording_of(tmp_path).read_text()
    assert all(secret not in text for secret in (TOKEN, "13912345678", "hunter22", "s3cr3t-cookie"))
    assert mdt("mock", "scan", cwd=tmp_path).returncode == 0
    assert all(headers["Host"] == url.removeprefix("http://") for _method, _path, headers, _body in seen)

    with served(tmp_path, "--service", "shop", "--session", "one", "--mode", "strict", verb="replay") as played:
        assert chain(played.url, "13800001111") == ("redacted-token-1", {"id": 7, "known": True})
        wrong = requests.get(f"{played.url}/count", timeout=10)
        assert wrong.status_code == 501
        assert "Call 3 of 6 of the recording is GET /zip" in wrong.text


def ask_until_it_is_gone(url, done):
    """Notes each answer."""
    try:
        while True:
            requests.get(f"{url}/count", timeout=10).raise_for_status()
            done.append(1)
    except requests.RequestException:
        return


def test_what_is_recorded_survives_a_kill(tmp_path):
    done = []
    with real_service() as (url, _seen):
        folder_of(tmp_path, url)
        with served(tmp_path, "--service", "shop", "--session", "one", verb="record") as proxy:
            threads = [threading.Thread(target=ask_until_it_is_gone, args=[proxy.url, done]) for _ in range(3)]
            for thread in threads:
                thread.start()
            while len(done) < 30:
                time.sleep(0.01)
            proxy.process.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join()

    recording = read_recording(recording_of(tmp_path))

    assert len(recording.calls) >= len(done)
    assert sorted(call.answer.body["json"]["n"] for call in recording.calls) == list(range(1, len(recording.calls) + 1))


def test_a_stream_passes_through_the_proxy_as_it_comes(tmp_path):
    with real_service() as (url, _seen):
        folder_of(tmp_path, url)
        with served(tmp_path, "--service", "shop", "--session", "one", verb="record") as proxy:
            came = []
            with requests.get(f"{proxy.url}/stream", stream=True, timeout=10) as answer:
                for line in answer.iter_lines(chunk_size=1):
                    came += [time.monotonic()] if line else []
            with pytest.raises(requests.exceptions.ChunkedEncodingError):
                requests.get(f"{proxy.url}/broken", timeout=10)
            assert len(requests.get(f"{proxy.url}/large", timeout=10).content) == 100_002
            proxy.end()
    assert len(came) == 3
    assert came[-1] - came[0] > 0.2
    calls = read_recording(recording_of(tmp_path)).calls
    assert [(list(call.answer.body), call.answer.partial) for call in calls] == [
        (["sse"], False),
        (["text"], True),
        (["json"], False),
    ]


def test_the_recorder_ends_by_itself_and_tells_that_nothing_came(tmp_path):
    with real_service() as (url, _seen):
        folder_of(tmp_path, url)
        result = mdt("mock", "record", "--service", "shop", "--port", 0, "--duration", "0.3s", cwd=tmp_path)
    assert result.returncode == 0
    assert "nothing was written" in result.stderr
    assert not recording_of(tmp_path).parent.exists()


def test_unmocked_answers_from_the_definitions(tmp_path):
    with real_service() as (url, seen):
        folder_of(tmp_path, url)
        with served(tmp_path, "--service", "shop", "--session", "one", "--unmocked", verb="record") as proxy:
            assert requests.get(f"{proxy.url}/mocked", timeout=10).json() == {"mocked": True}
            assert requests.get(f"{proxy.url}/zip", timeout=10).json() == {"zipped": True}
            proxy.end()
    assert [path for _method, path, _headers, _body in seen] == ["/zip"]
    assert [call.request.path for call in read_recording(recording_of(tmp_path)).calls] == ["/zip"]


def test_a_service_without_definitions_is_recorded_compared_listed_and_purged(tmp_path):
    (tmp_path / "mocks").mkdir()
    with real_service() as (url, _seen):
        arguments = ("--service", "new", "--target", f"{url}", "--session", "one")
        with served(tmp_path, *arguments, verb="record") as proxy:
            for path in ("zip", "count"):
                requests.get(f"{proxy.url}/{path}", timeout=10).raise_for_status()
            proxy.end()
        with served(tmp_path, *arguments, "--mode", "diff", verb="replay") as played:
            assert requests.get(f"{played.url}/zip", timeout=10).json() == {"zipped": True}
            assert requests.get(f"{played.url}/count", timeout=10).json()["n"] == 2
            code, said = played.end()
    assert code == 1
    assert "differs: GET /count: $.n: 2 → 1" in said
    assert "2 calls compared, 1 differ" in said

    (row,) = document("mock", "recordings", cwd=tmp_path)["recordings"]
    assert (row["service"], row["session"], row["calls"]) == ("new", "one", 2)
    assert row["routes"] == {"GET /count 200": 1, "GET /zip 200": 1}
    assert mdt("mock", "recordings", "--purge", cwd=tmp_path).returncode == 2
    assert document("mock", "recordings", "--purge", "one", cwd=tmp_path)["purged"] is True
    assert document("mock", "recordings", cwd=tmp_path)["recordings"] == []


WRONG = {
    "no service": (["record", "--service", "nobody"], "There is no service 'nobody'"),
    "no url": (["record", "--service", "shop", "--target", "ftp://x"], "is no url of a service"),
    "foreign host": (["record", "--service", "shop", "--target", "http://api.shop.com"], "--allow-host api.shop.com"),
    "bad name": (["record", "--service", "shop", "--session", "../x"], "is no name of a session"),
    "bad duration": (["record", "--service", "shop", "--duration", "soon"], "is no duration"),
    "no recording": (["replay", "--service", "shop", "--session", "x"], "There is no recording 'x' of shop"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls_have_one_clear_error(tmp_path, name):
    arguments, message = WRONG[name]
    folder_of(tmp_path, "http://shop.internal")

    result = mdt("mock", *arguments, "--port", 0, "--json", cwd=tmp_path)

    assert result.returncode in (1, 2)
    assert message in json.loads(result.stdout)["error"]["message"]
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "mocks" / "internal" / "shop").exists()
