"""A real service for recorders: it logs in, streams, compresses, redirects, breaks off, and counts."""

import gzip
import http.server
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

TOKEN = "tok-9f8a7b6c5d4e"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list
    numbers: Iterator[int]

    def log_message(self, *_: object) -> None:
        pass

    def _asked(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.seen.append((self.command, self.path, dict(self.headers), body))
        return body

    def _send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content_type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-").title(), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        given = json.loads(self._asked() or b"{}")
        if self.path == "/login":
            body = {"access_token": TOKEN, "user": given["phone"]}
            self._send(json.dumps(body).encode(), 201, set_cookie="sid=s3cr3t-cookie; Path=/")
        else:
            self._send(json.dumps({"got": given}).encode())

    def do_GET(self) -> None:
        self._asked()
        kind = self.path.split("/")[1].partition("?")[0]
        getattr(self, f"_{kind}")()

    def _me(self) -> None:
        known = self.headers.get("authorization") == f"Bearer {TOKEN}"
        self._send(json.dumps({"id": 7, "known": known}).encode(), 200 if known else 401)

    def _zip(self) -> None:
        self._send(gzip.compress(b'{"zipped": true}'), content_encoding="gzip")

    def _binary(self) -> None:
        self._send(bytes(range(256)), content_type="image/png")

    def _count(self) -> None:
        number = next(self.numbers)
        self._send(json.dumps({"n": number, "id": f"00000000-0000-4000-8000-{number:012}"}).encode())

    def _away(self) -> None:
        self._send(b"", 302, location="http://elsewhere.invalid/x?access_token=abcdefgh")

    def _near(self) -> None:
        self._send(b"", 302, location=f"http://{self.headers['host']}/zip")

    def _large(self) -> None:
        self._send(b'"' + b"x" * 100_000 + b'"')

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for number in range(3):
            event = json.dumps({"n": number, "token": "tok-in-stream"}).encode()
            data = b"data: " + event + b"\n\n"
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            self.wfile.flush()
            time.sleep(0.15)
        self.wfile.write(b"0\r\n\r\n")

    def _broken(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "200000")
        self.end_headers()
        self.wfile.write(b"x" * 1000)
        self.close_connection = True


@contextmanager
def real_service() -> Iterator[tuple[str, list]]:
    """Its URL and the requests that it got."""
    handler = type("Own", (Handler,), {"seen": [], "numbers": itertools.count(1)})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.seen
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def real() -> Iterator[str]:
    with real_service() as (url, _seen):
        yield url


@pytest.fixture
def mocks(tmp_path, real):
    """Definitions of the service `shop`, which lives at the real one's address and has one route of its own."""
    folder = tmp_path / "mocks"
    (folder / "internal").mkdir(parents=True)
    routes = "  GET /mocked:\n    ok: {json: {mocked: true}}\n    other: {json: {other: true}}\n"
    (folder / "internal" / "shop.yaml").write_text(f"service: shop\nurl: {real}\ndefault: ok\nroutes:\n{routes}")
    return folder
