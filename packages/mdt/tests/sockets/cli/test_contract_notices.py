"""`mdt contract impact --notify` posts to real receivers: what they get, what they refuse, and what leads elsewhere."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from mdt.contracts.notifying import Notice, tell
from mdt.contracts.owners import Party, Target
from mdt.language import speaking

NOTICE = Notice("a", "**b**", {"service": "inventory"})


class Receiver(BaseHTTPRequestHandler):
    """Answers by the path, and keeps what it got."""

    got: list[tuple[str, dict]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((self.path, json.loads(body)))
        kind = self.path.partition("?")[0].strip("/")
        answers = {
            "ok": (200, b'{"errcode": 0}'),
            "refused": (200, b'{"errcode": 310000, "errmsg": "sign not match"}'),
            "text": (200, b"ok"),
        }
        status, text = answers.get(kind, (int(kind) if kind.isdigit() else 302, b""))
        self.send_response(status)
        if status == 302:
            self.send_header("location", "/ok")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[ThreadingHTTPServer]:
    Receiver.got = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def told(port: int, path: str, kind: str = "json", env: dict[str, str] | None = None) -> str:
    url = f"http://127.0.0.1:{port}/{path}" if env is None else ""
    with speaking("en"):
        return str(
            tell(Party("order-service", "consumer", Target(kind, url, "SEC")), NOTICE, env or {}, 1_000.0).problem
        )


def test_a_receiver_gets_the_document(receiver: ThreadingHTTPServer) -> None:
    assert told(receiver.server_port, "ok") == ""
    assert told(receiver.server_port, "text", "slack") == ""
    assert (
        told(receiver.server_port, "", env={"MDT_NOTIFY_ORDER_SERVICE": f"http://localhost:{receiver.server_port}/ok"})
        == ""
    )

    assert Receiver.got == [
        ("/ok", {"service": "inventory"}),
        ("/text", {"text": "*b*"}),
        ("/ok", {"service": "inventory"}),
    ]


def test_dingtalk_gets_its_signature(receiver: ThreadingHTTPServer) -> None:
    assert told(receiver.server_port, "ok?access_token=t", "dingtalk") == ""

    assert Receiver.got[0][0].startswith("/ok?access_token=t&timestamp=1000000&sign=")


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("refused", "the receiver refuses it: 310000 sign not match"),
        ("500", "the receiver answers 500"),
        ("moved", "the receiver answers 302"),
    ],
)
def test_what_does_not_arrive_is_told_and_no_redirect_is_followed(
    receiver: ThreadingHTTPServer, path: str, problem: str
) -> None:
    assert told(receiver.server_port, path) == problem
    assert len(Receiver.got) == 1


def test_a_receiver_that_is_not_there() -> None:
    assert told(1, "ok").startswith("it cannot be reached: ")
