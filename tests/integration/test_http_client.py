"""Calls to services over real connections: what a broken, slow or rude server does to them."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from backend.core.deadline import Deadline
from backend.core.http.client import HttpClient
from backend.core.http.errors import BadAnswerError, NoAnswerError, UnreachableError
from tests.unit.core.http_support import StockSettings

Behaviour = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
NO_DATABASE = "sqlite://"  # whatever the other tests of this process use
SHORT = 1.0  # seconds of a deadline that is meant to end
SLACK = 5.0  # seconds that a slow machine may take longer; far less than what a server here could take


class Rude:
    """A server on loopback: each connection gets the next behaviour, the last one again and again."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.behaviours: list[Behaviour] = [answer(OK)]
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
            threading.Thread(target=self._handle, args=(connection, behaviour), daemon=True).start()

    def _handle(self, connection: socket.socket, behaviour: Behaviour) -> None:
        with connection:
            try:
                while received := connection.recv(65_536):
                    self.requests.append(received)
                    behaviour(connection)
            except OSError:
                return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def answer(raw: bytes) -> Behaviour:
    return lambda connection: connection.sendall(raw)


def answer_and_close(raw: bytes) -> Behaviour:
    def act(connection: socket.socket) -> None:
        connection.sendall(raw)
        connection.close()

    return act


def reset(connection: socket.socket) -> None:
    """Close with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b" ")
        time.sleep(0.1)


def sleep(_: socket.socket) -> None:
    time.sleep(30)


BROKEN: dict[str, Behaviour] = {
    "reset": reset,
    "closed": lambda connection: connection.close(),
    "half a status line": answer_and_close(b"HTTP/1."),
    "garbage": answer_and_close(b"\x00\x01garbage\r\n\r\n"),
    "half a body": answer_and_close(b'HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{"a": 1'),
    "broken chunk": answer_and_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"),
    "chunks without an end": answer_and_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
    "no gzip": answer_and_close(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
}


@pytest.fixture
def rude() -> Iterator[Rude]:
    server = Rude()
    yield server
    server.close()


@pytest.fixture
def call(rude: Rude):
    """`call("GET", seconds=1)`: the server's answer, through a client of its own."""
    client = HttpClient(
        "rude",
        "stock_url",
        StockSettings(stock_url=rude.address, database_url=NO_DATABASE),
        threading.BoundedSemaphore(4),
    )
    return lambda method, seconds=30.0, **arguments: client.call(
        method, "/things", deadline=Deadline(seconds), **arguments
    )


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN)
class TestBrokenAnswer:
    def test_of_a_post_is_not_asked_for_again(self, rude, call, behaviour):
        rude.behaviours = [behaviour, answer(OK)]

        with pytest.raises(NoAnswerError) as caught:
            call("POST")

        assert caught.value.maybe_done
        assert len(rude.requests) == 1

    def test_is_asked_for_again_where_that_is_safe(self, rude, call, behaviour):
        rude.behaviours = [behaviour, answer(OK)]

        assert call("GET").body == b"{}"
        assert len(rude.requests) == 2


def test_packed_answer_is_unpacked(rude, call):
    packed = gzip.compress(b"x" * 100_000)
    rude.behaviours = [
        answer(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(packed), packed))
    ]

    assert call("POST").body == b"x" * 100_000


def test_small_answer_that_unpacks_to_a_huge_one_is_refused(rude, call):
    packed = gzip.compress(b"x" * 50_000_000)
    rude.behaviours = [
        answer(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(packed), packed))
    ]

    with pytest.raises(BadAnswerError):
        call("POST")


def test_cookies_are_not_kept(rude, call):
    rude.behaviours = [answer(b"HTTP/1.1 200 OK\r\nSet-Cookie: session=of-somebody\r\nContent-Length: 2\r\n\r\n{}")]

    for _ in range(2):
        call("POST")

    assert len(rude.requests) == 2
    assert b"of-somebody" not in rude.requests[1]


def test_connection_is_used_again(rude, call):
    def once(connection: socket.socket) -> None:
        connection.sendall(OK)

    def never(connection: socket.socket) -> None:
        raise AssertionError("a second connection")

    rude.behaviours = [once, never]

    assert [call("POST").status for _ in range(3)] == [200] * 3


def test_connection_that_the_server_closed_while_it_was_idle_is_not_used(rude, call):
    rude.behaviours = [answer_and_close(OK), answer_and_close(OK), answer(OK)]

    for _ in range(3):
        assert call("POST").status == 200
        time.sleep(0.2)


def test_nobody_there_is_tried_again_and_surely_not_done():
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = HttpClient(
        "nobody", "stock_url", StockSettings(stock_url=address, database_url=NO_DATABASE), threading.BoundedSemaphore(4)
    )

    with pytest.raises(UnreachableError) as caught:
        client.call("POST", "/", deadline=Deadline(30))

    assert not caught.value.maybe_done


@pytest.mark.parametrize("behaviour", [drip, sleep], ids=["drips", "hangs"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_deadline_ends_it(rude, call, behaviour, method):
    rude.behaviours = [behaviour]
    started = time.monotonic()

    with pytest.raises(NoAnswerError):
        call(method, seconds=SHORT)

    assert time.monotonic() - started < SHORT + SLACK
