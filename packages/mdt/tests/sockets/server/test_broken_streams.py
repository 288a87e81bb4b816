"""A site can break its answer where it wants: after any piece, within the head, or before HTTP begins."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator

import pytest

from mdt.engine.messages import Reply
from mdt.server.exchange import Listener, Stream, StreamBrokenError
from mdt.server.http_server import HttpServer, port_of
from mdt.server.runner import LoopThread, new_loop
from tests.sockets.server.support import Raw, Table, get
from tests.sockets.server.test_limits import settled

HEADERS = (("content-type", "text/event-stream"),)


async def two_pieces(error: StreamBrokenError | None) -> AsyncGenerator[bytes]:
    yield b"Hel"
    yield b"lo"
    if error is not None:
        raise error


def read(client: Raw) -> tuple[bytes, bool]:
    """What came, and whether the connection ended with RST."""
    data = b""
    try:
        while piece := client.socket.recv(65536):
            data += piece
    except ConnectionResetError:
        return data, True
    return data, False


@pytest.mark.parametrize(
    ("error", "last_chunk", "reset"),
    [
        (None, True, False),
        (StreamBrokenError(), False, False),
        (StreamBrokenError(reset=True), False, True),
    ],
    ids=["whole", "cut", "reset"],
)
def test_a_stream_ends_as_its_pieces_do(start, error, last_chunk, reset) -> None:
    server = start({"/": lambda _: Stream(HEADERS, two_pieces(error))})
    with Raw(server.port) as client:
        data, was_reset = read(client.send(get("/", *["Connection: close"] * (error is None))))

    assert data.startswith(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n")
    assert b"3\r\nHel\r\n2\r\nlo\r\n" in data
    assert (data.endswith(b"0\r\n\r\n"), was_reset) == (last_chunk, reset)


@pytest.mark.parametrize("reset", [False, True])
def test_a_raw_stream_can_break_within_its_head(start, reset) -> None:
    async def half_a_head() -> AsyncGenerator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-le"
        raise StreamBrokenError(reset=reset)

    with Raw(start({"/": lambda _: Stream((), half_a_head(), raw=True)}).port) as client:
        assert read(client.send(get("/"))) == (b"HTTP/1.1 200 OK\r\ncontent-le", reset)


def test_the_pieces_are_closed_when_the_client_leaves(start) -> None:
    closed: list[str] = []

    async def endless() -> AsyncGenerator[bytes]:
        try:
            while True:
                yield b"x"
                await asyncio.sleep(0.005)
        finally:
            closed.append("yes")

    server = start({"/": lambda _: Stream(HEADERS, endless())})
    with Raw(server.port) as client:
        client.send(get("/")).until(b"x")

    assert settled(lambda: closed == ["yes"])


@pytest.mark.parametrize("half_close", [True, False])
def test_who_ends_their_side_has_left_only_if_the_server_says_so(start, half_close) -> None:
    ended: list[str] = []

    async def answer() -> Reply:
        try:
            await asyncio.sleep(0.2)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        ended.append("answered")
        return Reply(200, (), b"late")

    server = start({"/": lambda _: answer()}, half_close=half_close)
    with Raw(server.port) as client:
        client.send(get("/")).socket.shutdown(socket.SHUT_WR)
        answered = client.rest()

    assert settled(lambda: bool(ended))
    assert (ended, answered.endswith(b"late")) == ((["answered"], True) if half_close else (["cancelled"], False))


@pytest.fixture(params=["asyncio", "uvloop"])
def plain(request):
    """A plain port that refuses TLS; `heard` counts the handshakes."""
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    thread = LoopThread(new_loop(fast=request.param == "uvloop"))
    heard: list[int] = []

    async def begin() -> tuple[HttpServer, int]:
        server = HttpServer(Table({"/": lambda _: Stream((), two_pieces(None))}))
        return server, port_of(await server.listen("127.0.0.1", 0, Listener(refuses_tls=lambda: heard.append(1))))

    server, port = thread.call(begin())
    yield port, heard
    thread.call(server.stop())
    thread.stop()


def test_tls_to_a_plain_port_fails_with_a_handshake_alert(plain) -> None:
    port, heard = plain
    context = ssl.create_default_context()

    with (
        socket.create_connection(("127.0.0.1", port), 5) as client,
        pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"),
    ):
        context.wrap_socket(client, server_hostname="localhost")

    assert heard == [1]


def test_plain_http_is_answered_there_as_ever(plain) -> None:
    port, heard = plain
    with Raw(port) as client:
        answer = client.send(get("/", "Connection: close")).rest()

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert heard == []
