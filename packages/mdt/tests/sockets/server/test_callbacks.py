"""Callbacks of a running server: sent on request, when their time comes, when the clock is moved; listed and cleared."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mdt.server.client import Client, ServerRefusedError
from mdt.server.runner import Running, start_in_thread
from tests.unit.folders import write

FILES = {
    "internal/shop/service.yaml": "url: http://shop.internal\n",
    "internal/shop/callbacks.yaml": """\
        callback: POST ${APP_URL}/hook
        paid:    {json: {order: "{{ data.order }}", of: "{{ req.json.id | default('-') if req.json else '-' }}"}}
        copies:  {extends: paid, concurrent: 3}
        later:   {extends: paid, after: 1h}
        """,
    "internal/shop/virtual.py": """\
        from mdt import VirtualReply, VirtualService, post

        class Shop(VirtualService):
            @post("/orders")
            def order(self, after: float = 0) -> VirtualReply:
                return VirtualReply(201).callback("shop.paid", after=after, data={"order": "scheduled"})

            @post("/typo")
            def typo(self) -> VirtualReply:
                return VirtualReply(201).callback("shop.pai")
        """,
}


class Hook(BaseHTTPRequestHandler):
    """Keeps what comes, and asks the mock server something before it answers, if the test wants so."""

    got: list[bytes]
    meanwhile: Callable[[], object]

    def do_POST(self) -> None:
        type(self).got.append(self.rfile.read(int(self.headers["content-length"])))
        type(self).meanwhile()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hook() -> Iterator[tuple[type[Hook], str]]:
    kind = type("OwnHook", (Hook,), {"got": [], "meanwhile": staticmethod(lambda: None)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kind, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def running(tmp_path: Path, hook: tuple[type[Hook], str]) -> Iterator[Running]:
    found = start_in_thread(write(tmp_path, FILES), env={"APP_URL": hook[1]})
    yield found
    found.stop()


@pytest.fixture
def client(running: Running) -> Client:
    return running.client()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def order(client: Client, path: str = "/orders") -> int:
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(f"{client.address_of('shop')}{path}", b"{}", method="POST")) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_a_callback_is_sent_and_listed(client: Client, hook: tuple[type[Hook], str]) -> None:
    sent = client.send("shop.copies", data={"order": "o-1"})

    assert [one["status"] for one in sent["deliveries"]] == [204] * 3
    assert sent["overlapped"]
    assert hook[0].got == [b'{"order":"o-1","of":"-"}'] * 3
    assert [one["scenario"] for one in client.callbacks()["sent"]] == ["copies"] * 3
    assert [entry["callback"] for entry in client.journal(brief=True)] == [True] * 3


def test_time_passes_for_real(client: Client, hook: tuple[type[Hook], str]) -> None:
    assert order(client) == 201

    until(lambda: hook[0].got == [b'{"order":"scheduled","of":"-"}'])
    assert client.callbacks()["pending"] == []


def test_the_clock_brings_it_forward_while_the_application_calls_the_server(
    client: Client, hook: tuple[type[Hook], str]
) -> None:
    assert order(client, "/orders?after=3600") == 201
    assert [one["callback"] for one in client.callbacks()["pending"]] == ["shop.paid"]
    hook[0].meanwhile = staticmethod(client.health)

    client.advance(hours=1)

    assert len(hook[0].got) == 1


def test_what_waits_goes_with_clear_and_with_the_session(client: Client, hook: tuple[type[Hook], str]) -> None:
    client.send("shop.later", data={"order": "o-1"})
    assert client.clear_callbacks() == {"cleared": 1}
    client.open("mine")
    client.send("shop.later", "mine", data={"order": "o-1"})
    client.close("mine")

    client.advance(hours=2)

    assert hook[0].got == []


def test_wrong_requests_are_refused(client: Client) -> None:
    for ask, code in (
        (lambda: client.send("shop.pai"), "not-possible"),
        (lambda: client.send("shop.paid", to="localhost", data={"order": 1}), "bad-body"),
        (lambda: client.credentials("shop"), "no-credentials"),
        (lambda: client.credentials("sho"), "unknown-service"),
    ):
        with pytest.raises(ServerRefusedError) as raised:
            ask()
        assert raised.value.code == code


def test_a_handler_that_names_no_callback_is_told(client: Client) -> None:
    assert order(client, "/typo") == 501
    assert "Did you mean shop.paid?" in client.near_misses()[-1]["report"]


def test_the_command_lists_and_clears(client: Client, running: Running) -> None:
    from tests.unit.cli.support import document, run

    client.send("shop.later", data={"order": "o-1"})
    url = running.server.url

    assert [one["callback"] for one in document("mock", "callbacks", "--server", url)["pending"]] == ["shop.later"]
    assert "waits" in run("mock", "callbacks", "--server", url).stdout
    assert run("mock", "callbacks", "--clear", "--server", url).stdout == "cleared 1\n"
    assert run("mock", "callbacks", "--server", url).stdout == "No callback waits, and none was sent.\n"
