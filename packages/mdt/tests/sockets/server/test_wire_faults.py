"""Each fault breaks the answer the way its name says, to the byte."""

import time

import pytest

from mdt.engine.messages import TLS_FAULTS, Chunk, Fault, FaultKind, Reply
from mdt.server.wire import GARBAGE
from tests.sockets.server.support import Raw, get

REPLY = Reply(201, (("content-type", "application/json"),), b'{"available":true}')


def answer_of(start, kind: FaultKind, reply: Reply = REPLY, **limits: float) -> bytes:
    server = start({"/": Fault(kind, reply)}, **limits)
    with Raw(server.port) as client:
        return client.send(get("/") + get("/")).rest()


@pytest.mark.parametrize("kind", sorted({FaultKind.CONNECTION_RESET, *TLS_FAULTS}))
def test_reset(start, kind) -> None:
    with pytest.raises(ConnectionResetError):
        answer_of(start, kind)


def test_empty(start) -> None:
    assert answer_of(start, FaultKind.EMPTY) == b""


def test_garbage(start) -> None:
    assert answer_of(start, FaultKind.GARBAGE) == GARBAGE


def test_malformed_chunk(start) -> None:
    head, _, body = answer_of(start, FaultKind.MALFORMED_CHUNK).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n")
    assert b"transfer-encoding: chunked" in head
    assert body == b'9\r\n{"availab\r\nXX!no chunk\r\n'


@pytest.mark.parametrize(("content", "sent"), [(b"", b" "), (b"x", b"x")])
def test_malformed_chunk_of_next_to_nothing(start, content, sent) -> None:
    """An empty chunk would end the body as it should end."""
    _, _, body = answer_of(start, FaultKind.MALFORMED_CHUNK, Reply(200, (), content)).partition(b"\r\n\r\n")

    assert body == b"1\r\n" + sent + b"\r\nXX!no chunk\r\n"


@pytest.mark.parametrize(
    "reply",
    [REPLY, Reply(201, REPLY.headers, chunks=(Chunk(0, b'{"availa'), Chunk(0, b'ble":true}')))],
    ids=["body", "chunks"],
)
def test_truncated(start, reply) -> None:
    head, _, body = answer_of(start, FaultKind.TRUNCATED, reply).partition(b"\r\n\r\n")

    assert b"content-length: 18" in head
    assert body == b'{"availab'


def test_truncated_without_a_body(start) -> None:
    head, _, body = answer_of(start, FaultKind.TRUNCATED, Reply(200)).partition(b"\r\n\r\n")

    assert b"content-length: 1" in head
    assert body == b""


def test_timeout_says_nothing_until_the_limit(start) -> None:
    begun = time.monotonic()

    assert answer_of(start, FaultKind.TIMEOUT, timeout_fault=0.2) == b""
    assert 0.15 < time.monotonic() - begun < 2


def test_a_fault_may_come_late(start) -> None:
    server = start({"/": Fault(FaultKind.EMPTY, REPLY, delay=0.2)})
    begun = time.monotonic()
    with Raw(server.port) as client:
        assert client.send(get("/")).rest() == b""
    assert 0.15 < time.monotonic() - begun < 2


def test_a_fault_ends_the_connection_and_what_waits_on_it(start) -> None:
    server = start({"/": Fault(FaultKind.EMPTY, REPLY), "/a": Reply()})
    with Raw(server.port) as client:
        client.send(get("/") + get("/a")).rest()
    assert [one.target for one in server.site.seen] == ["/"]


def test_dribble_comes_in_pieces(start) -> None:
    chunks = (Chunk(0.05, b"Hel"), Chunk(0.1, b"lo"), Chunk(0, b""), Chunk(0.1, b"!"))
    server = start({"/": Reply(200, (), chunks=chunks, delay=0.05)})
    with Raw(server.port) as client:
        begun = time.monotonic()
        client.send(get("/")).until(b"Hel")
        first = time.monotonic() - begun
        client.until(b"!")
        last = time.monotonic() - begun
        rest = client.send(get("/", "Connection: close")).rest()

    assert 0.08 < first < last - 0.15 < 2
    assert rest.endswith(b"3\r\nHel\r\n2\r\nlo\r\n1\r\n!\r\n0\r\n\r\n")


def test_dribble_to_http_1_0_ends_with_the_connection(start) -> None:
    with Raw(start({"/": Reply(200, (), chunks=(Chunk(0, b"Hel"), Chunk(0.01, b"lo")))}).port) as client:
        answer = client.send(get("/", "Connection: keep-alive", version="1.0")).rest()

    assert b"chunked" not in answer
    assert answer.endswith(b"\r\n\r\nHello")


def test_head_of_a_dribble_has_no_body(start) -> None:
    with Raw(start({"/": Reply(200, (), chunks=(Chunk(5, b"Hel"),))}).port) as client:
        answer = client.send(get("/", "Connection: close", method="HEAD")).rest()

    assert answer.endswith(b"transfer-encoding: chunked\r\nconnection: close\r\n\r\n")
