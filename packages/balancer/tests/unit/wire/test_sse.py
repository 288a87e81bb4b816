"""The parser of server-sent events, for any cut of the bytes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balancer.wire.sse import Event, SseError, SseParser, encode

CASES = {
    b"data: a\n\n": [Event("", "a")],
    b"data:a\n\n": [Event("", "a")],
    b"data:  a\n\n": [Event("", " a")],
    b"event: x\ndata: a\n\n": [Event("x", "a")],
    b"event: x\r\ndata: a\r\n\r\n": [Event("x", "a")],
    b"event: x\rdata: a\r\r": [Event("x", "a")],
    b"event: x\rdata: a\n\r\n": [Event("x", "a")],
    b"\xef\xbb\xbfdata: a\n\n": [Event("", "a")],
    b"data: a\ndata: b\ndata\n\n": [Event("", "a\nb\n")],
    b": comment\n\n:\n\ndata: a\n: inside\n\n": [Event("", "a")],
    b"id: 1\nretry: 10\nunknown: z\ndata: a\n\n": [Event("", "a")],
    b"event: x\n\n": [],
    b"\n\n\n\n": [],
    b"data: a\n\n\n\r\n\ndata: b\n\n": [Event("", "a"), Event("", "b")],
    b"data: a": [],
    b"data: a\n": [],
    b"data: \xc3\xa9\n\n": [Event("", "é")],
    b"data: \xff\n\n": [Event("", "\ufffd")],
    b"data: a\x0bb\xe2\x80\xa8c\n\n": [Event("", "a\x0bb\u2028c")],
    b"data\n\n": [Event("", "")],
}


def parse(pieces, limit=1024):
    parser = SseParser(limit)
    return [event for piece in pieces for event in parser.feed(piece)], parser


@pytest.mark.parametrize("text", CASES, ids=repr)
def test_each_form_of_the_standard(text):
    whole, _ = parse([text])
    bytewise, _ = parse([text[at : at + 1] for at in range(len(text))])

    assert whole == bytewise == CASES[text]


line_ends = st.sampled_from(["\n", "\r\n", "\r"])
lines = st.sampled_from(["data: a", "data: é\u2028", "event: x", ": c", "", "id: 3", "data", "x"])
streams = st.lists(st.tuples(lines, line_ends)).map(lambda parts: "".join(a + b for a, b in parts).encode())
cuts = st.lists(st.integers(0, 200))


def cut(text, places):
    edges = sorted({0, len(text), *(place for place in places if place < len(text))})
    return [text[start:end] for start, end in itertools.pairwise(edges)]


@given(streams | st.binary(max_size=80), cuts)
def test_no_cut_of_the_bytes_changes_the_events(text, places):
    whole, _ = parse([text])
    pieces, _ = parse(cut(text, places))

    assert pieces == whole


@given(st.text().map(lambda text: text.replace("\r", "")), st.sampled_from(["", "delta"]), cuts)
def test_what_is_encoded_is_parsed_back(data, name, places):
    event = Event(name, data.encode("utf-8", "replace").decode())

    events, parser = parse(cut(encode(event), places))

    assert events == [event]
    assert not parser.pending


def test_raw_bytes_of_all_events_are_the_stream():
    text = b"event: x\r\ndata: a\r\n\r\ndata: b\n\n: comment\ndata: c\n\n"

    events, _ = parse([text[:9], text[9:30], text[30:]])

    assert b"".join(event.raw for event in events) == text


@pytest.mark.parametrize(
    ("text", "pending"), [(b"data: a\n\n", False), (b"data: a\n\n\n", False), (b"data: a\n\nd", True)]
)
def test_pending_tells_an_unfinished_event(text, pending):
    _, parser = parse([text])

    assert parser.pending is pending


def test_lone_surrogate_in_json_becomes_its_escape():
    assert encode(Event("", '"a\udc80b"')) == b'data: "a\\udc80b"\n\n'


MIB = 1024 * 1024


def feed_in_pieces(text, size):
    parser = SseParser()
    return [event for start in range(0, len(text), size) for event in parser.feed(text[start : start + size])]


@pytest.mark.parametrize("size", [61, 4096, 3 * MIB])
def test_event_over_one_mebibyte_is_refused_finished_or_not(size):
    finished = b"data: " + b"x" * MIB + b"\n\n"

    for text in (finished, finished[:-2]):
        with pytest.raises(SseError, match="larger than 1048576 bytes"):
            feed_in_pieces(text, size)


def test_event_of_just_one_mebibyte_is_read_in_small_pieces():
    text = b"data: " + b"x" * (MIB - 8) + b"\n\n"

    events = feed_in_pieces(text, 61)

    assert [len(event.data) for event in events] == [MIB - 8]
