"""What comes in is read as HTTP/1.1 says, one request after the other."""

import socket

import pytest

from mdt.engine.messages import Reply
from tests.sockets.server.support import Raw, get, post

OK = Reply(200, (("content-type", "text/plain"),), b"hello")


def echo(incoming):
    return Reply(200, (), f"{incoming.method} {incoming.target} {len(incoming.body)}".encode())


def test_a_reply_is_written_whole_and_the_connection_stays(start) -> None:
    with Raw(start({"/": OK}).port) as client:
        for _ in range(2):
            head, _, body = client.send(get("/")).until(b"hello").partition(b"\r\n\r\n")

            assert head.startswith(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: ")
            assert b"\r\ncontent-length: 5" in head
            assert b"connection" not in head
            assert body == b"hello"


def test_pipelined_requests_are_answered_in_order_even_if_the_first_is_slow(start) -> None:
    server = start(
        {"/slow": Reply(200, (), b"slow", delay=0.15), "/a": Reply(200, (), b"a!"), "/b": Reply(200, (), b"b!")}
    )
    with Raw(server.port) as client:
        client.send(get("/a") + get("/slow") + get("/b") + get("/slow") + get("/a", "Connection: close"))
        answer = client.rest()

    bodies = [part.partition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"a!", b"slow", b"b!", b"slow", b"a!"]
    assert [one.target for one in server.site.seen] == ["/a", "/slow", "/b", "/slow", "/a"]


def test_a_request_is_performed_only_when_all_before_are_answered(start) -> None:
    server = start({"/slow": Reply(200, (), b"slow", delay=0.2), "/a": OK})
    with Raw(server.port) as client:
        client.send(get("/slow") + get("/a"))
        assert client.silent(0.1)
        assert [one.target for one in server.site.seen] == ["/slow"]
        client.until(b"hello")


def test_many_pipelined_requests_wait_outside(start) -> None:
    server = start({"/slow": Reply(200, (), b"slow", delay=0.1), "/a": OK}, pipeline=4)
    with Raw(server.port) as client:
        client.send(get("/slow") + get("/a"), *[get("/a")] * 50, get("/a", "Connection: close"))

        assert client.rest().count(b"hello") == 52


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_requests_may_come_in_pieces(start, size) -> None:
    data = post("/x", b"0123456789") * 2
    with Raw(start({"/x": echo}).port) as client:
        client.send(*[data[at : at + size] for at in range(0, len(data), size)])
        assert client.until(b"POST /x 10").count(b"HTTP/1.1") >= 1


def test_a_chunked_body_is_joined(start) -> None:
    server = start({"/x": echo})
    with Raw(server.port) as client:
        client.send(get("/x", "Transfer-Encoding: chunked", method="POST"), b"3\r\nabc\r\n", b"4\r\ndefg\r\n0\r\n\r\n")
        client.until(b"POST /x 7")
    assert server.site.seen[0].body == b"abcdefg"


def test_head_has_the_headers_of_the_answer_and_no_body(start) -> None:
    with Raw(start({"/": OK}).port) as client:
        answer = client.send(get("/", "Connection: close", method="HEAD")).rest()

    assert b"content-length: 5" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_head_says_the_length_that_the_definition_names(start) -> None:
    with Raw(start({"/": Reply(200, (("Content-Length", "1234"),))}).port) as client:
        answer = client.send(get("/", "Connection: close", method="HEAD")).rest()

    assert answer.count(b"1234") == 1


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body_have_none(start, status) -> None:
    with Raw(start({"/": Reply(status, (), b"not sent")}).port) as client:
        answer = client.send(get("/") + get("/", "Connection: close")).rest()

    assert answer.count(b"HTTP/1.1") == 2
    assert b"not sent" not in answer
    assert b"content-length" not in answer


def test_a_length_in_the_definition_does_not_break_the_connection(start) -> None:
    wrong = Reply(200, (("Content-Length", "3"), ("Transfer-Encoding", "chunked")), b"hello")
    with Raw(start({"/": wrong}).port) as client:
        answer = client.send(get("/") + get("/", "Connection: close")).rest()

    assert answer.count(b"content-length: 5") == 2
    assert b"chunked" not in answer


def test_http_1_0_closes_unless_it_asks_not_to(start) -> None:
    server = start({"/": OK})
    with Raw(server.port) as client:
        assert b"connection" not in client.send(get("/", version="1.0")).rest()
    with Raw(server.port) as client:
        kept = client.send(get("/", "Connection: keep-alive", version="1.0")).until(b"hello")
        assert b"connection: keep-alive" in kept
        client.send(get("/", version="1.0")).rest()


def test_the_definition_may_close_the_connection(start) -> None:
    with Raw(start({"/": Reply(200, (("Connection", "Close"),), b"bye")}).port) as client:
        answer = client.send(get("/")).rest()

    assert answer.lower().count(b"connection: close") == 1


def test_100_continue_comes_before_the_body(start) -> None:
    with Raw(start({"/x": echo}).port) as client:
        client.send(get("/x", "Expect: 100-continue", "Content-Length: 3", method="POST"))
        assert client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"abc").until(b"POST /x 3")


def test_100_continue_waits_for_the_answer_before_it(start) -> None:
    server = start({"/x": echo, "/slow": Reply(200, (), b"slow", delay=0.2)})
    with Raw(server.port) as client:
        client.send(get("/slow") + get("/x", "Expect: 100-continue", "Content-Length: 3", method="POST"))
        assert client.silent(0.1)
        answer = client.until(b"100 Continue\r\n\r\n")
        assert answer.index(b"slow") < answer.index(b"100 Continue")
        client.send(b"abc").until(b"POST /x 3")


def test_no_100_continue_for_a_client_that_has_sent_its_body(start) -> None:
    server = start({"/x": echo, "/slow": Reply(200, (), b"slow", delay=0.1)})
    with Raw(server.port) as client:
        client.send(get("/slow") + post("/x", b"abc", "Expect: 100-continue"))
        assert b"100 Continue" not in client.until(b"POST /x 3")


def test_an_upgrade_is_not_taken_up(start) -> None:
    wants = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA")
    with Raw(start({"/x": echo}).port) as client:
        client.send(get("/x", *wants) + get("/x", *wants) + get("/x", "Connection: close"))
        assert client.rest().count(b"GET /x 0") == 3


def test_several_headers_of_one_name_are_joined(start) -> None:
    server = start({"/": OK})
    with Raw(server.port) as client:
        client.send(get("/", "X-One: 1", "x-one: 2", "Cookie: a=1", "cookie: b=2")).until(b"hello")

    headers = server.site.seen[0].headers
    assert (headers["x-one"], headers["cookie"], headers["host"]) == ("1, 2", "a=1; b=2", "mocks.test")


def test_header_values_are_utf_8_or_latin_1(start) -> None:
    server = start({"/": OK})
    with Raw(server.port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-U: \xe5\x80\xbc\r\nX-L: \xfc\r\n\r\n").until(b"hello")

    assert server.site.seen[0].headers["x-u"] == "值"
    assert server.site.seen[0].headers["x-l"] == "ü"


def test_a_client_may_end_its_side_and_read_the_answer(start) -> None:
    server = start({"/slow": Reply(200, (), b"slow", delay=0.1), "/": OK})
    with Raw(server.port) as client:
        client.send(get("/slow") + get("/"))
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest().endswith(b"hello")


def test_an_error_of_the_site_is_a_500_of_ours(start, caplog) -> None:
    def broken(incoming):
        raise LookupError("a bug")

    with Raw(start({"/": broken, "/a": OK}).port) as client:
        assert b"x-mdt-error: internal-error" in client.send(get("/")).until(b"traceback.")
        client.send(get("/a")).until(b"hello")
    assert "a bug" in caplog.text


@pytest.mark.parametrize("delay", [0, 0.01])
def test_a_header_that_would_split_the_answer_is_refused(start, delay) -> None:
    with Raw(start({"/": Reply(200, (("x-a", "1\r\nx-b: 2"),), b"", delay)}).port) as client:
        answer = client.send(get("/", "Connection: close")).rest()

    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"x-mdt-error: bad-answer" in answer
    assert b"\r\nx-b" not in answer


def test_header_values_may_be_chinese(start) -> None:
    with Raw(start({"/": Reply(299, (("x-title", "库存"),), b"")}).port) as client:
        answer = client.send(get("/", "Connection: close")).rest()

    assert answer.startswith(b"HTTP/1.1 299 Unknown\r\n")
    assert "x-title: 库存\r\n".encode() in answer
