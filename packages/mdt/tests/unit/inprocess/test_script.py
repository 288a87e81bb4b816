"""Scripts and how they are read."""

import pytest

from mdt import Reply
from mdt.engine.messages import Chunk, Fault, FaultKind
from mdt.errors import MdtError
from mdt.inprocess.script import End, Pause, Playback, Script, script


def test_a_step_is_read_in_pieces_and_waited_for_once():
    playing = Playback(Script((Chunk(2, b"abcde"), Chunk(1, b"f"))))
    assert playing.pause(None) == Pause(2, late=False)
    assert playing.take(3) == b"abc"
    assert playing.pause(None) == Pause(0, late=False)
    assert playing.take(3) == b"de"
    assert playing.pause(None) == Pause(1, late=False)
    assert (playing.take(3), playing.take(3)) == (b"f", b"")


def test_what_a_timeout_waited_is_not_waited_again():
    playing = Playback(Script((Chunk(5, b"a"),)))
    assert playing.pause(2) == Pause(2, late=True)
    assert playing.pause(4) == Pause(3, late=False)
    assert playing.take(1) == b"a"


def test_a_delay_as_long_as_the_timeout_is_late():
    assert Playback(Script((Chunk(2, b"a"),))).pause(2) == Pause(2, late=True)


def test_a_reset_comes_after_the_last_byte():
    playing = Playback(Script((Chunk(0, b"ab"),), End.RESET))
    assert playing.take(9) == b"ab"
    with pytest.raises(ConnectionResetError):
        playing.take(9)


def test_silence_comes_after_the_last_byte():
    playing = Playback(Script((Chunk(0, b"ab"),), End.SILENCE))
    assert (playing.pause(1), playing.take(9)) == (Pause(0, late=False), b"ab")
    assert playing.pause(1) == Pause(1, late=True)
    with pytest.raises(MdtError, match="no timeout"):
        playing.pause(None)


def test_an_empty_piece_is_a_pause_not_the_end():
    steps = script(Reply(chunks=(Chunk(1, b""), Chunk(2, b"a"), Chunk(3, b"")))).steps
    assert [step.delay for step in steps] == [0, 3, 3]
    assert [step.data for step in steps[1:]] == [b"1\r\na\r\n", b"0\r\n\r\n"]


def test_headers_that_frame_the_body_are_the_scripts_own():
    reply = Reply(headers=(("Content-Length", "99"), ("Transfer-Encoding", "gzip"), ("X-A", " b ")), body=b"abc")
    assert script(reply).steps[0].data == b"HTTP/1.1 200 OK\r\nX-A: b\r\ncontent-length: 3\r\n\r\nabc"


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(status):
    data = script(Reply(status, chunks=(Chunk(0, b"a"),))).steps[0].data
    assert data.endswith(b"\r\n\r\n")
    assert b"content-length" not in data
    assert b"chunked" not in data


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind is not FaultKind.TIMEOUT])
def test_a_fault_comes_after_its_delay(kind):
    assert script(Fault(kind, Reply(body=b"abcd"), 0.5)).steps[0].delay == 0.5


def test_truncated_promises_more_than_it_sends():
    data = script(Fault(FaultKind.TRUNCATED, Reply(body=b"abcd"))).steps[0].data
    assert data.endswith(b"content-length: 4\r\n\r\nab")


@pytest.mark.parametrize("body", [b"", b"a"])
def test_broken_bodies_are_broken_however_short(body):
    truncated = script(Fault(FaultKind.TRUNCATED, Reply(body=body))).steps[0].data
    assert truncated.endswith(b"content-length: 1\r\n\r\n")
    malformed = script(Fault(FaultKind.MALFORMED_CHUNK, Reply(body=body))).steps[0].data
    assert malformed.endswith(b"transfer-encoding: chunked\r\n\r\n1\r\n?\r\nzz\r\n\r\n")
