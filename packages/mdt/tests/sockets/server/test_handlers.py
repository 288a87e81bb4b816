"""A handler of a virtual service is code of the user: the server goes on while it sleeps or calls the server itself."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from mdt.engine import templates
from mdt.server.runner import Running, start_in_thread

OTHER = "service: other\nurl: http://other.internal\ndefault: ok\nroutes:\n  GET /quick: {ok: {json: {quick: true}}}\n"
SLOW = """
import time
import urllib.request
from pathlib import Path
from mdt import VirtualService, get

HERE = Path(__file__).parent

class Slow(VirtualService):
    '''Waits, or asks the server.'''

    @get("/wait")
    def wait(self) -> dict[str, bool]:
        (HERE / "waiting").touch()
        while not (HERE / "go").exists():
            time.sleep(0.005)
        return {"waited": True}

    @get("/ask")
    def ask(self) -> dict[str, str]:
        with urllib.request.urlopen((HERE / "address").read_text()) as answer:
            return {"said": answer.read().decode()}
"""


@pytest.fixture
def running(tmp_path: Path):
    folder = tmp_path / "internal"
    (folder / "slow").mkdir(parents=True)
    (folder / "other.yaml").write_text(OTHER)
    (folder / "slow" / "service.yaml").write_text("service: slow\nurl: http://slow.internal\n")
    (folder / "slow" / "virtual.py").write_text(SLOW)
    server = start_in_thread(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "internal" / "slow"


def ask(running: Running, path: str, session: str | None = None):
    return requests.get(
        f"{running.server.url}{path}", headers={"x-mdt-session": session} if session else {}, timeout=20
    )


def test_others_are_answered_while_a_handler_waits(running, here):
    other = running.client().open("another")["id"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, running, "/slow/wait")
        while not (here / "waiting").exists():
            threading.Event().wait(0.005)
        answers = [ask(running, "/_mdt/health"), ask(running, "/other/quick"), ask(running, "/other/quick", other)]
        here_still = not waiting.done()
        (here / "go").touch()
        waited = waiting.result()

    assert here_still
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert waited.json() == {"waited": True}


def test_a_handler_may_ask_its_own_server(running, here):
    (here / "address").write_text(f"{running.server.url}/other/quick")

    assert ask(running, "/slow/ask").json() == {"said": '{"quick":true}'}


def test_a_handler_that_asks_its_own_service_is_told_so(running, here, monkeypatch):
    monkeypatch.setattr("mdt.engine.session.STATE_TIMEOUT", 0.05)
    (here / "go").touch()
    (here / "address").write_text(f"{running.server.url}/slow/wait")

    answer = ask(running, "/slow/ask")

    assert answer.status_code == 501
    reports = running.client().near_misses()
    assert "has kept its state for 0.05 s in this session" in reports[0]["report"]


def test_a_server_stops_while_a_handler_runs(running, here):
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, running, "/slow/wait")
        while not (here / "waiting").exists():
            threading.Event().wait(0.005)
        running.client().health()
        (here / "go").touch()
        assert waiting.result().status_code == 200
    running.stop()


def test_others_are_answered_while_a_heavy_template_renders(tmp_path, monkeypatch):
    begun, go = threading.Event(), threading.Event()

    def counted(items):
        begun.set()
        assert go.wait(20)
        return iter(items)

    monkeypatch.setitem(templates._sandbox.filters, "_counted", counted)
    (tmp_path / "internal").mkdir()
    heavy = "  GET /heavy: {ok: {text: '{% for n in [1, 2] %}{{ n }}{% endfor %}'}}\n"
    (tmp_path / "internal" / "other.yaml").write_text(OTHER + heavy)
    server = start_in_thread(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        rendering = pool.submit(ask, server, "/other/heavy")
        assert begun.wait(20)
        quick = [ask(server, "/other/quick").status_code, ask(server, "/_mdt/health").status_code]
        here_still = not rendering.done()
        go.set()
        assert rendering.result().text == "12"
    server.stop()
    assert here_still
    assert quick == [200, 200]
