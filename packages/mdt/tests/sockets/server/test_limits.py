"""No client can take more than its share: sizes, times, connections, memory."""

import asyncio
import gc
import socket
import time

import pytest

from mdt.engine.messages import Chunk, Fault, FaultKind, Reply
from mdt.server.connection import Connection
from mdt.server.exchange import Limits, Stream
from tests.sockets.server.support import Raw, get, post

OK = Reply(200, (), b"hello")


def settled(what) -> bool:
    """Whether this becomes true within two seconds."""
    end = time.monotonic() + 2
    while not what() and time.monotonic() < end:
        time.sleep(0.01)
    return what()


REFUSED = [
    ("no http", b"\x16\x03\x01\x00\xa5\x01\x00\x00", 400, "bad-request"),
    ("a bad header", b"GET / HTTP/1.1\r\nHost mocks\r\n\r\n", 400, "bad-request"),
    ("a header name that is no token", "GET / HTTP/1.1\r\n名: 1\r\n\r\n".encode(), 400, "bad-request"),
    ("two framings", get("/", "Content-Length: 3", "Transfer-Encoding: chunked", method="POST") + b"abc", 400, "bad-request"),
    ("two lengths", get("/", "Content-Length: 3", "Content-Length: 4", method="POST") + b"abcd", 400, "bad-request"),
    ("a bad chunk", get("/", "Transfer-Encoding: chunked", method="POST") + b"xyz\r\n", 400, "bad-request"),
    ("a long header", get("/", "X-A: " + "a" * 2000), 431, "head-too-large"),
    ("many headers", get("/", *[f"X-{n}: a" for n in range(200)]), 431, "head-too-large"),
    ("a long path", get("/" + "a" * 2000), 431, "head-too-large"),
    ("a large body", post("/", b"a" * 2001), 413, "body-too-large"),
    ("a body that will be large", get("/", "Content-Length: 9999999999", method="POST"), 413, "body-too-large"),
    ("large chunks", get("/", "Transfer-Encoding: chunked", method="POST") + (b"3e8\r\n" + b"a" * 1000 + b"\r\n") * 3, 413, "body-too-large"),
    ("an unknown expectation", get("/", "Expect: wonders"), 417, "expectation-failed"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "status", "kind"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_not_accepted_is_refused_and_ends_the_connection(start, data, status, kind) -> None:
    server = start({"/": OK}, head=1500, body=2000)
    with Raw(server.port) as client:
        answer = client.send(data).rest()

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert f"x-mdt-error: {kind}".encode() in answer
    assert b"connection: close" in answer
    assert server.site.seen == []


def test_an_endless_header_is_refused_before_it_ends(start) -> None:
    server = start({"/": OK}, head=1500)
    with Raw(server.port) as client:
        client.send(b"GET / HTTP/1.1\r\nX-A: a")
        time.sleep(0.05)
        answer = client.send(b"a" * 2000).rest()

    assert answer.startswith(b"HTTP/1.1 431 ")


def test_a_refusal_comes_after_the_answers_before_it(start) -> None:
    server = start({"/slow": Reply(200, (), b"slow", delay=0.1)})
    with Raw(server.port) as client:
        answer = client.send(get("/slow") + b"nonsense\r\n\r\n" + get("/slow")).rest()

    assert answer.index(b"slow") < answer.index(b"HTTP/1.1 400")
    assert len(server.site.seen) == 1


def test_a_client_that_still_sends_can_read_why_it_is_refused(start) -> None:
    with Raw(start({"/": OK}, body=1000).port) as client:
        client.send(get("/", "Content-Length: 3000000", method="POST"), b"a" * 3_000_000)

        assert client.rest().startswith(b"HTTP/1.1 413 ")


def test_a_lingering_client_is_let_go(start) -> None:
    server = start({"/": OK}, linger_seconds=0.1)
    with Raw(server.port) as client:
        client.send(b"nonsense\r\n\r\n").rest()
        assert settled(lambda: server.connections() == 0)


SLOW = {
    "head": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X-A: a\r\n"),
    "body": (get("/", "Content-Length: 100", method="POST"), b"a"),
}


@pytest.mark.parametrize("part", SLOW)
def test_slowloris_is_cut_off_however_often_it_sends(start, part) -> None:
    server = start({"/": OK}, head_seconds=0.3, body_seconds=0.3)
    first, drop = SLOW[part]
    begun = time.monotonic()
    with Raw(server.port) as client:
        client.send(first).socket.settimeout(0.05)
        answer = b""
        while not answer and time.monotonic() < begun + 5:
            try:
                answer = client.socket.recv(1000)
            except TimeoutError:
                client.send(drop)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 0.2 < time.monotonic() - begun < 2


def test_an_idle_connection_is_closed_without_a_word(start) -> None:
    server = start({"/": OK}, idle_seconds=0.2)
    with Raw(server.port) as used, Raw(server.port) as unused:
        used.send(get("/")).until(b"hello")

        assert used.rest() == unused.rest() == b""
    assert settled(lambda: server.connections() == 0)


def test_an_answer_may_take_longer_than_any_reading_deadline(start) -> None:
    server = start({"/": Reply(200, (), b"late", delay=0.5)}, idle_seconds=0.1, head_seconds=0.1, body_seconds=0.1)
    with Raw(server.port) as client:
        client.send(get("/")).until(b"late")


def test_more_connections_than_allowed_are_turned_away(start) -> None:
    server = start({"/": OK}, connections=2)
    with Raw(server.port) as first, Raw(server.port) as second:
        first.send(get("/")).until(b"hello")
        second.send(get("/")).until(b"hello")
        with Raw(server.port) as third:
            assert b"x-mdt-error: too-many-connections" in third.rest()
    assert settled(lambda: server.connections() == 0)
    with Raw(server.port) as again:
        again.send(get("/")).until(b"hello")


HUGE = Reply(200, (), b"x" * 30_000_000)


def test_a_large_body_waits_for_its_reader(start) -> None:
    server = start({"/": HUGE, "/a": OK})
    with Raw(server.port) as client:
        client.send(get("/") + get("/a", "Connection: close"))
        time.sleep(0.2)
        (connection,) = server.server._connections
        assert connection.transport.get_write_buffer_size() < 1_000_000
        answer = client.rest()

    assert len(answer) > 30_000_000
    assert answer.endswith(b"hello")


def test_pipelined_requests_of_a_client_that_does_not_read_are_not_answered(start) -> None:
    server = start({"/": Reply(200, (), b"x" * 200_000)}, pipeline=4)
    with Raw(server.port) as client:
        client.send(get("/") * 200)
        time.sleep(0.3)

        assert len(server.site.seen) < 150
        client.send(get("/", "Connection: close"))
        assert client.rest().count(b"HTTP/1.1 200") == 201


def test_a_client_that_never_reads_is_cut_off(start) -> None:
    server = start({"/": HUGE}, write_seconds=0.2)
    with Raw(server.port) as client:
        client.send(get("/"))
        assert settled(lambda: server.connections() == 1)
        assert settled(lambda: server.connections() == 0)
    assert server.tasks() == 0


async def forever():
    while True:
        yield b"tick"
        await asyncio.sleep(0.01)


ENDLESS = {
    "delay": lambda _: Reply(200, (), b"", delay=60),
    "dribble": lambda _: Reply(200, (), chunks=(Chunk(0, b"a"), Chunk(60, b"b"))),
    "stream": lambda _: Stream((("content-type", "text/event-stream"),), forever()),
    "timeout": lambda _: Fault(FaultKind.TIMEOUT),
    "late fault": lambda _: Fault(FaultKind.EMPTY, delay=60),
}


@pytest.mark.parametrize("kind", [kind for kind in ENDLESS if kind != "delay"])
def test_the_task_ends_when_the_client_leaves(start, kind) -> None:
    server = start({"/": ENDLESS[kind]})
    with Raw(server.port) as client:
        client.send(get("/"))
        assert settled(lambda: server.tasks() == 1)
    assert settled(lambda: server.tasks() == 0)
    assert settled(lambda: server.connections() == 0)


def test_the_task_of_a_delayed_answer_ends_when_the_client_resets(start) -> None:
    server = start({"/": ENDLESS["delay"]})
    with Raw(server.port) as client:
        client.send(get("/"))
        assert settled(lambda: server.tasks() == 1)
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert settled(lambda: server.tasks() == 0)


@pytest.mark.parametrize("kind", ENDLESS)
def test_stopping_does_not_wait_for_the_endless(start, kind) -> None:
    server = start({"/": ENDLESS[kind]})
    with Raw(server.port) as client, Raw(server.port) as idle:
        client.send(get("/"))
        assert settled(lambda: server.tasks() == 1)
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 1
        assert idle.rest() == b""
    with pytest.raises(ConnectionRefusedError):
        Raw(server.port)


def test_stopping_lets_answers_under_way_finish(start) -> None:
    server = start({"/": Reply(200, (), b"late", delay=0.3)}, grace_seconds=5)
    with Raw(server.port) as client:
        client.send(get("/") + get("/"))
        assert settled(lambda: server.tasks() == 1)
        server.stop()
        answer = client.rest()
    assert answer.endswith(b"late")
    assert b"connection: close" in answer


def test_nothing_of_a_connection_is_left_when_it_is_gone(start) -> None:
    server = start({"/": OK, "/slow": Reply(200, (), b"slow", delay=0.01)})
    for path in ("/", "/slow"):
        with Raw(server.port) as client:
            client.send(get(path, "Connection: close")).rest()

    def left() -> int:
        gc.collect()
        return sum(type(one) is Connection and one._server is server.server for one in gc.get_objects())

    assert settled(lambda: left() == 0)


async def failing():
    yield b"some"
    raise LookupError("a bug")


def test_a_stream_that_fails_is_cut_off_and_logged(start, caplog) -> None:
    server = start({"/": lambda _: Stream((), failing())})
    with Raw(server.port) as client:
        assert client.send(get("/")).rest().endswith(b"4\r\nsome\r\n")
    assert settled(lambda: server.connections() == 0)
    assert "a bug" in caplog.text


async def failed_reply():
    raise LookupError("a bug")


def test_an_awaited_reply_that_fails_is_a_500_of_ours(start, caplog) -> None:
    with Raw(start({"/": lambda _: failed_reply(), "/a": OK}).port) as client:
        answer = client.send(get("/") + get("/a", "Connection: close")).rest()

    assert answer.index(b"x-mdt-error: internal-error") < answer.index(b"hello")
    assert "a bug" in caplog.text


def test_a_tls_client_that_never_shakes_hands_is_let_go(serve) -> None:
    running = serve(tls_port=0, limits=Limits(head_seconds=0.2, grace_seconds=0.2))
    begun = time.monotonic()
    with Raw(running.server.tls_port) as client:
        assert client.rest() == b""
    assert time.monotonic() - begun < 3
