"""The journal is bounded, tells its subscribers, and shows no secrets."""

import json
import logging
from datetime import UTC, datetime

import pytest

from mdt.engine.journal import Entry, Journal, MemoryLimit
from mdt.engine.masking import SECRET_HEADERS, body_as_json, headers_as_json
from mdt.engine.messages import Chunk, Fault, FaultKind, Passthrough, Reply
from mdt.engine.outcome import Criterion, NearMiss, Outcome, Unmatched
from tests.unit.folders import asking

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def entry(number: int = 1, outcome: Outcome | None = None) -> Entry:
    request = asking("POST http://shop.internal/x?a=1", data={"a": 1}, headers={"authorization": "Bearer s3cr3t"})
    return Entry(number, AT, "shop", "POST /x", "ok", request, outcome or Reply(), "mocks/shop.yaml", 7)


def filled(count: int, limit: int = 10) -> Journal:
    journal = Journal(limit)
    for _ in range(count):
        journal.append(entry(journal.next_number()))
    return journal


def test_the_oldest_go_first_and_are_counted():
    journal = filled(5, limit=3)

    assert [one.number for one in journal.entries()] == [3, 4, 5]
    assert journal.dropped == 2
    assert len(journal) == 3


def test_a_journal_that_is_just_full_has_dropped_nothing():
    assert filled(3, limit=3).dropped == 0


def big(journal: Journal, size: int = 10_000) -> None:
    journal.append(entry(journal.next_number(), Reply(body=b"x" * size)))


def test_the_journal_that_holds_most_forgets_first():
    """Three entries fit into the memory, whichever journals they are in."""
    memory = MemoryLimit(3 * 12_500)
    one, other = Journal(memory=memory), Journal(memory=memory)
    big(other)
    for _ in range(4):
        big(one)

    assert (len(one), one.dropped, len(other), other.dropped) == (2, 2, 1, 0)


def test_the_newest_entry_stays_however_large_it_is():
    journal = Journal(memory=MemoryLimit(1_000))
    for _ in range(3):
        big(journal)

    assert (len(journal), journal.dropped) == (1, 2)


@pytest.mark.parametrize("part", ["headers", "body", "url", "reply", "reply headers", "chunks"])
def test_everything_large_is_counted(part):
    long = "x" * 10_000
    request, reply = asking("GET http://shop.internal/x"), Reply()
    if part == "headers":
        request.headers = {"x-long": long}
    elif part == "body":
        request.body = long.encode()
    elif part == "url":
        request.url = long
    reply = {
        "reply": Reply(body=long.encode()),
        "reply headers": Reply(headers=(("x-long", long),)),
        "chunks": Reply(chunks=(Chunk(0, long.encode()),)),
    }.get(part, reply)
    journal = Journal(memory=MemoryLimit())
    journal.append(Entry(1, AT, "shop", "GET /x", "ok", request, reply))

    assert journal.bytes > 10_000


def test_a_journal_that_is_gone_leaves_its_room():
    memory = MemoryLimit(3 * 12_500)
    gone = Journal(memory=memory)
    for _ in range(3):
        big(gone)
    del gone
    journal = Journal(memory=memory)
    for _ in range(3):
        big(journal)

    assert len(journal) == 3


def test_what_was_read_of_a_request_is_not_kept():
    one = entry()
    assert one.request.json is not None
    filled(1).append(one)

    assert one.request._json is one.request._form is one.request._args


def test_since_gives_what_came_after():
    assert [one.number for one in filled(4).since(2)] == [3, 4]


def test_numbers_go_on_after_clear():
    journal = filled(5, limit=3)
    journal.clear()
    journal.append(entry(journal.next_number()))

    assert [one.number for one in journal.entries()] == [6]
    assert journal.dropped == 0


def test_subscribers_hear_each_entry_until_they_leave():
    journal, heard, also = Journal(), [], []
    leave = journal.subscribe(heard.append)
    journal.subscribe(also.append)
    journal.append(entry(1))
    leave()
    leave()
    journal.append(entry(2))

    assert [one.number for one in heard] == [1]
    assert [one.number for one in also] == [1, 2]


def test_a_subscriber_that_fails_is_logged_and_hurts_nobody(caplog):
    journal, heard = Journal(), []
    journal.subscribe(lambda _: 1 / 0)
    journal.subscribe(heard.append)

    with caplog.at_level(logging.ERROR, "mdt"):
        journal.append(entry())

    assert len(heard) == 1
    assert "subscriber" in caplog.text


MISS = NearMiss(asking("GET http://a/"), "shop.ok", "GET /b", "f.yaml", 3, (Criterion("path", False, "a → b"),), "Why.")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Reply(201, (("x-a", "1"), ("x-a", "2")), b'{"b":1}'), {
            "reply": {"status": 201, "headers": {"x-a": "1, 2"}, "json": {"b": 1}},
        }),
        (Reply(200, (("set-cookie", "s=1"),), b"hi", delay=0.5), {
            "reply": {"status": 200, "headers": {"set-cookie": "***"}, "text": "hi", "delay": 0.5},
        }),
        (Reply(chunks=(Chunk(0, b"\xff"), Chunk(1, b"\xfe"))), {
            "reply": {"status": 200, "headers": {}, "base64": "//4=", "chunks": 2},
        }),
        (Fault(FaultKind.TIMEOUT, delay=1.0), {"fault": {"kind": "timeout", "delay": 1.0}}),
        (Passthrough("http://real/x"), {"passthrough": "http://real/x"}),
        (Unmatched(MISS), {"unmatched": {
            "request": {"method": "GET", "url": "http://a/", "headers": {}},
            "scenario": "shop.ok",
            "route": "GET /b",
            "file": "f.yaml",
            "line": 3,
            "criteria": [{"name": "path", "label": "path", "ok": False, "text": "✗ a → b"}],
            "reason": "Why.",
        }}),
    ],
)  # fmt: skip
def test_an_entry_as_json(outcome, expected):
    plain = entry(4, outcome).as_json()

    assert plain == {
        "number": 4,
        "at": "2026-11-21T12:00:00+00:00",
        "service": "shop",
        "route": "POST /x",
        "scenario": "ok",
        "request": {
            "method": "POST",
            "url": "http://shop.internal/x?a=1",
            "headers": {"authorization": "***"},
            "json": {"a": 1},
        },
        **expected,
        "file": "mocks/shop.yaml",
        "line": 7,
    }
    assert "s3cr3t" not in json.dumps(plain)


@pytest.mark.parametrize("name", sorted(SECRET_HEADERS))
def test_secret_headers_are_masked_whatever_the_case(name):
    assert headers_as_json([(name.title(), "s3cr3t")]) == {name.title(): "***"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", {}),
        (b"null", {"json": None}),
        ("中".encode(), {"text": "中"}),
        (b"\xff", {"base64": "/w=="}),
        (b"[" * 100_000, {"text": "[" * 100_000}),
    ],
)
def test_bodies_are_shown_as_what_they_are(body, expected):
    assert body_as_json(body) == expected
