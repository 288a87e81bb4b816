"""Starting, stopping and reloading the whole server."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from mdt.errors import DefinitionError, MdtError
from mdt.server.client import Client
from mdt.server.runner import LoopThread, new_loop, serving, start_in_thread

ROOT = Path(__file__).resolve().parents[3]


def settled(what) -> bool:
    end = time.monotonic() + 5
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(what())


def test_a_server_for_a_block(folder) -> None:
    with serving(folder, scenarios=["inventory.outOfStock"]) as server:
        assert Client(server.url).get()["scenarios"] == ["inventory.outOfStock"]
        assert requests.get(f"{server.address_of('inventory')}/internal/ping", timeout=5).text == "pong"
        assert (server.token, server.tls_url) == (None, None)
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=5)


def test_stopping_twice_is_no_error(running) -> None:
    running.stop()
    running.stop()


def test_a_server_stops_also_where_another_loop_runs(folder) -> None:
    async def test() -> str:
        with serving(folder) as server:
            return server.url

    url = asyncio.run(test())

    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_bad_definitions_do_not_start(folder) -> None:
    threads = threading.active_count()
    (folder / "internal" / "bad.yaml").write_text("service: [", encoding="utf-8")

    with pytest.raises(DefinitionError, match=r"bad\.yaml:2: this is no YAML"):
        start_in_thread(folder)
    assert threading.active_count() == threads


def test_a_port_that_is_taken_is_told(running, folder) -> None:
    with pytest.raises(
        MdtError, match=rf"Cannot listen on 127.0.0.1 port {running.server.port}: .*Port 0 is any free one"
    ):
        start_in_thread(folder, port=running.server.port)


def test_settings_come_from_the_folder(folder) -> None:
    (folder / "mdt.yaml").write_text("port: 0\nseed: 7\ntoken: sesame\njournalLimit: 2\n", encoding="utf-8")
    running = start_in_thread(folder, port=None)
    try:
        session = running.client().open("s")
        for _ in range(3):
            requests.get(f"{session['urls']['inventory']}/internal/ping", timeout=5)
        session = running.client().get("s")
        default = running.client().get()
    finally:
        running.stop()

    assert running.server.token == "sesame"
    assert (session["calls"], session["dropped"], default["seed"]) == (2, 1, 7)


def test_sessions_that_nobody_uses_end(folder) -> None:
    (folder / "mdt.yaml").write_text("sessionTtl: 300ms\n", encoding="utf-8")
    with serving(folder) as server:
        client = Client(server.url)
        client.open("s")
        assert [one["id"] for one in client.sessions()] == ["default", "s"]
        time.sleep(0.4)
        assert [one["id"] for one in client.sessions()] == ["default"]
        answer = requests.get(f"{server.address_of('inventory', 's')}/internal/ping", timeout=5)
        assert answer.headers["X-Mdt-Error"] == "unknown-session"


def test_every_entry_of_every_session_is_heard(serve) -> None:
    heard: list = []
    running = serve(on_entry=lambda session, entry: heard.append((session, entry.scenario)))
    session = running.client().open("s", ["inventory.slow"])
    requests.get(f"{session['urls']['inventory']}/internal/ping", timeout=5)
    requests.get(f"{running.server.url}/users/1", timeout=5)

    assert heard == [("s", "slow"), ("default", "ok")]


def test_a_changed_file_is_played_and_a_half_written_one_is_not(serve, folder) -> None:
    """The last good set is played, the error is told, and sessions keep what they have."""
    changes: list = []
    running = serve(watch=True, on_change=changes.append)
    client = running.client()
    client.open("s", ["users.ok"])
    file = folder / "external" / "users.yaml"
    good = file.read_text(encoding="utf-8")
    user = lambda: requests.get(f"{running.server.url}/users/users/1", timeout=5).text

    file.write_text(good.replace("user:", "name:"), encoding="utf-8")
    assert settled(lambda: user() == '{"name":"1"}')

    for cut in (good.index("{json"), good.index("user:"), len(good) - 6):
        known = len(changes)
        file.write_text(good[: cut + 3], encoding="utf-8")
        assert settled(lambda known=known: len(changes) > known)
        assert user() == '{"name":"1"}'
    file.write_text(good[: len(good) // 2] + "\n  - [", encoding="utf-8")
    assert settled(lambda: client.health()["status"] == "error")
    health = client.health()
    assert "users.yaml" in health["error"]
    assert health["problems"]
    assert requests.get(f"{running.server.url}/users/users/1", timeout=5).status_code == 200

    file.write_text(good, encoding="utf-8")
    assert settled(lambda: client.health()["status"] == "ok" and user() == '{"user":"1"}')
    assert client.get("s")["scenarios"] == ["users.ok"]
    assert any(isinstance(change, DefinitionError) for change in changes)


def test_reload_by_request(serve, folder) -> None:
    client = serve().client()
    file = folder / "external" / "users.yaml"
    good = file.read_text(encoding="utf-8")
    file.write_text("service: users\nroutes: 5\n", encoding="utf-8")
    assert client.reload()["status"] == "error"
    assert client.health()["services"] == 4

    file.write_text(good, encoding="utf-8")
    assert client.reload()["status"] == "ok"


def test_passthrough_reaches_the_real_service(serve, folder) -> None:
    class Real(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(207)
            self.send_header("X-Real", self.headers.get("X-Mdt-Session") or "no session")
            self.end_headers()
            self.wfile.write(self.path.encode() + b" " + body)

        def log_message(self, *_: object) -> None: ...

    real = ThreadingHTTPServer(("127.0.0.1", 0), Real)
    thread = threading.Thread(target=real.serve_forever)
    thread.start()
    definition = f"""\
service: real
url: http://real.internal
default: on
routes:
  POST /a/{{id}}:
    on: {{passthrough: "http://127.0.0.1:{real.server_port}/base"}}
  GET /loop:
    on: {{passthrough: "LOOP"}}
"""
    (folder / "internal" / "real.yaml").write_text(definition.replace("LOOP", "http://127.0.0.1:9/"), encoding="utf-8")
    try:
        running = serve()
        running.client().open("s")
        url = running.server.address_of("real", "s")
        answer = requests.post(f"{url}/a/%E5%BC%A0?b=1", data=b"body", headers={"X-Mdt-Session": "s"}, timeout=5)
        assert (answer.status_code, answer.headers["X-Real"]) == (207, "no session")
        assert answer.text == "/base/a/%E5%BC%A0?b=1 body"

        text = definition.replace("LOOP", running.server.address_of("real"))
        (folder / "internal" / "real.yaml").write_text(text, encoding="utf-8")
        running.client().reload()
        loop = requests.get(f"{running.server.address_of('real')}/loop", timeout=5)
        assert (loop.status_code, loop.headers["X-Mdt-Error"]) == (508, "passthrough-loop")
    finally:
        real.shutdown()
        thread.join()
        real.server_close()


PROGRAM = """\
import sys
from pathlib import Path
from mdt.server.mock_server import ServerOptions
from mdt.server.runner import main
sys.exit(main(ServerOptions(Path(sys.argv[1]), port=0, tls_port=0, token="sesame")))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_says_where_it_listens_and_ends_on_a_signal(folder, number) -> None:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        lines = [program.stdout.readline() for _ in range(3)]
        url = lines[0].split()[5]
        assert lines[0] == f"mdt serves 4 services on {url}   page: {url}/_mdt/\n"
        assert lines[1].startswith("TLS on https://127.0.0.1:")
        assert lines[2].endswith(f"page with it: {url}/_mdt/#token=sesame\n")
        assert requests.get(f"{url}/users/1", timeout=5).status_code == 200
        program.send_signal(number)
        assert program.wait(10) == 0
    finally:
        program.kill()
        program.stdout.close()
        program.wait()


def cut_off(url: str) -> None:
    with contextlib.suppress(requests.ConnectionError):
        requests.get(url, timeout=30)


def test_the_second_signal_ends_it_at_once(folder) -> None:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        url, _, _ = (program.stdout.readline() for _ in range(3))
        url = url.split()[5]
        definition = folder / "internal" / "late.yaml"
        definition.write_text(
            "service: late\nurl: http://late\ndefault: a\nroutes:\n  GET /late:\n    a: {text: b, latency: 60s}\n"
        )
        assert Client(url, "sesame").reload()["status"] == "ok"
        late = threading.Thread(target=cut_off, args=(f"{url}/late",))
        late.start()
        assert settled(lambda: Client(url, "sesame").get()["calls"] == 1)
        begun = time.monotonic()
        program.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert program.poll() is None
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
        assert time.monotonic() - begun < 3
        late.join(10)
    finally:
        program.kill()
        program.stdout.close()
        program.wait()


def test_a_loop_in_a_thread_can_be_stopped_twice() -> None:
    thread = LoopThread(new_loop(fast=False))
    thread.stop()
    thread.stop()
