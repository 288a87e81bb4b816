"""What a client knows after an answer, and what is wrong with the answer's form."""

import json
from typing import Any

import pytest

from faultlab.answers import judge

AWAY = {"retry-after": "2"}
DATABASE = "127.0.0.1:43306"


def envelope(code: Any = 1, data: Any = None, msg: Any = "success", **more: Any) -> bytes:
    return json.dumps({"code": code, "data": data or {}, "msg": msg, **more}).encode()


def refused(outcome: Any = None, msg: str = "The database is not available.") -> bytes:
    return envelope(0, {"outcome": outcome} if outcome else {}, msg)


def problems(status: int, body: bytes, headers: dict[str, str] | None = None, **more: Any) -> list[str]:
    return judge(status, headers or {}, body, **more)[1]


OUTCOMES = [
    (200, {}, envelope(), "ok"),
    (201, {}, envelope(), "ok"),
    (204, {}, b"", "ok"),
    (299, {}, envelope(), "ok"),
    (300, {}, envelope(0), "unknown"),
    (302, {}, envelope(0), "unknown"),
    (400, {}, envelope(0), "fail"),
    (401, {}, envelope(0), "fail"),
    (404, {}, envelope(0), "fail"),
    (409, {}, envelope(0), "fail"),
    (409, {"retry-after": "1"}, envelope(0), "unknown"),
    (422, {}, envelope(0), "fail"),
    (429, {"retry-after": "1"}, envelope(0), "fail"),
    (499, {}, envelope(0), "fail"),
    (500, {}, envelope(0), "unknown"),
    (500, {}, refused("not_saved"), "unknown"),
    (502, {}, b"", "unknown"),
    (503, AWAY, refused("not_saved"), "fail"),
    (503, AWAY, refused("unknown"), "unknown"),
    (503, AWAY, refused("perhaps"), "unknown"),
    (503, AWAY, refused(["not_saved"]), "unknown"),
    (503, AWAY, refused(), "unknown"),
    (503, AWAY, b"not_saved", "unknown"),
    (503, AWAY, b'"not_saved"', "unknown"),
    (503, AWAY, b'["not_saved"]', "unknown"),
    (503, AWAY, b'{"code": 0, "data": "not_saved", "msg": ""}', "unknown"),
    (503, AWAY, b'{"data": {}, "outcome": "not_saved"}', "unknown"),
    (503, AWAY, b'{"outcome": "not_saved"}', "fail"),
    (504, {}, b"", "unknown"),
]


@pytest.mark.parametrize(("status", "headers", "body", "outcome"), OUTCOMES)
def test_outcome(status: int, headers: dict[str, str], body: bytes, outcome: str) -> None:
    assert judge(status, headers, body)[0] == outcome
    assert judge(status, headers, body, envelope=False)[0] == outcome


def test_no_answer_tells_nothing() -> None:
    assert judge(None, {}, b"") == ("unknown", [])


GOOD = [
    (200, envelope()),
    (201, envelope(data={"order_id": "1", "amount": 1.0, "items": [{"name": "tea"}, None, True]})),
    (200, envelope(data=[1, 2])),
    (204, b""),
    (409, envelope(0, msg="This order has a payment with another amount already.")),
    (
        422,
        envelope(
            0, {"detail": [{"loc": ["body", "amount"], "msg": "Wrong.", "type": "x"}]}, "Some values are not valid."
        ),
    ),
]


@pytest.mark.parametrize(("status", "body"), GOOD)
def test_good_form(status: int, body: bytes) -> None:
    assert problems(status, body) == []
    assert problems(status, body, {"content-type": "application/json"}) == []


BAD = {
    "nothing": (200, b"", ["no JSON"]),
    "text": (200, b"success", ["no JSON"]),
    "half of it": (201, envelope()[:-1], ["no JSON"]),
    "another charset": (200, envelope().decode().encode("utf-16"), ["no JSON"]),
    "too deep": (200, b"[" * 100_000, ["no JSON"]),
    "null": (200, b"null", ["members other than code, data and msg"]),
    "list": (200, b"[]", ["members other than code, data and msg"]),
    "bare data": (200, b'{"order_id": "1"}', ["members other than code, data and msg"]),
    "a member less": (200, b'{"code": 1, "msg": "success"}', ["members other than code, data and msg"]),
    "a member more": (200, envelope(trace="x"), ["members other than code, data and msg"]),
    "refused as success": (409, envelope(1), ["code is not 0"]),
    "succeeded as refusal": (201, envelope(0), ["code is not 1"]),
    "300 is no success": (300, envelope(1), ["code is not 0"]),
    "199 is no success": (199, envelope(1), ["code is not 0"]),
    "true": (200, envelope(code=True), ["code is not 1"]),
    "text for a number": (200, envelope(code="1"), ["code is not 1"]),
    "1.0": (200, envelope(code=1.0), ["code is not 1"]),
    "msg": (200, envelope(msg=None), ["msg is no text"]),
    "both": (200, envelope(0, msg=7), ["code is not 1", "msg is no text"]),
    "204": (204, b"{}", ["204 with a body"]),
}


@pytest.mark.parametrize(("status", "body", "expected"), BAD.values(), ids=BAD)
def test_bad_form(status: int, body: bytes, expected: list[str]) -> None:
    assert problems(status, body) == expected


@pytest.mark.parametrize(("status", "body", "expected"), BAD.values(), ids=BAD)
def test_any_form_without_envelope(status: int, body: bytes, expected: list[str]) -> None:
    assert problems(status, body, envelope=False) == []


def test_html_is_no_json_by_its_type() -> None:
    assert problems(200, envelope(), {"content-type": "text/html"}) == ["Content-Type is not JSON"]
    assert problems(200, envelope(), {"content-type": "text/html"}, envelope=False) == []


RETRY_AFTER = {
    "0": [],
    "2": [],
    "Wed, 21 Oct 2026 07:28:00 GMT": [],
    "": ["503 without Retry-After"],
    "soon": ["Retry-After is neither seconds nor a date"],
    "-1": ["Retry-After is neither seconds nor a date"],
    "1.5": ["Retry-After is neither seconds nor a date"],
    "٣": ["Retry-After is neither seconds nor a date"],
    "Wed, 21 Oct 2026 07:28:00": ["Retry-After is neither seconds nor a date"],
}


@pytest.mark.parametrize(("value", "expected"), RETRY_AFTER.items())
@pytest.mark.parametrize("with_envelope", [True, False])
def test_retry_after(value: str, expected: list[str], with_envelope: bool) -> None:
    assert problems(503, refused("not_saved"), {"retry-after": value}, envelope=with_envelope) == expected


def test_no_retry_after() -> None:
    assert problems(503, refused("not_saved")) == ["503 without Retry-After"]
    assert problems(409, refused()) == []


def test_unreadable_retry_after_of_another_status() -> None:
    assert problems(409, refused(), {"retry-after": "soon"}) == ["Retry-After is neither seconds nor a date"]
    assert problems(409, refused(), {"retry-after": "1"}) == []


INSIDES = {
    "(pymysql.err.OperationalError) (2013, 'Lost connection')": ["pymysql", "OperationalError", "(2013"],
    "sqlalchemy.exc.TimeoutError: QueuePool limit": ["sqlalchemy"],
    "psycopg.errors.AdminShutdown": ["psycopg"],
    "psycopg2": ["psycopg2"],
    "Lost connection to MySQL server during query": ["MySQL"],
    "MariaDB": ["MariaDB"],
    "InnoDB: deadlock": ["InnoDB"],
    "Postgres": ["Postgres"],
    "PostgreSQL 15": ["PostgreSQL"],
    "sqlite": ["sqlite"],
    "canceling pg_sleep": ["pg_sleep"],
    "IntegrityError": ["IntegrityError"],
    "a DBAPI error": ["DBAPI"],
    "DatabaseError": ["DatabaseError"],
    "INSERT INTO payments (id) VALUES (1)": ["INSERT INTO payments"],
    "[SQL: SELECT orders.id\nFROM orders WHERE id = 1]": ["SELECT orders.id\nFROM orders"],
    "UPDATE `orders` SET status = 1": ["UPDATE `orders` SET"],
    "DELETE  FROM outbox": ["DELETE  FROM outbox"],
    "DROP TABLE x": ["DROP TABLE x"],
    "Traceback (most recent call last):": ["Traceback (most recent call last)"],
    'File "/app/service.py", line 7, in pay': ['File "/app/service.py", line 7'],
    "Can't connect ([Errno 111] Connection refused)": ["[Errno 111]"],
    "error (1062)": ["(1062"],
    "error (57P01)": ["(57P01)"],
    "ERROR (HY000)": ["(HY000)"],
    f"no route to {DATABASE}": [DATABASE],
}


@pytest.mark.parametrize(("text", "words"), INSIDES.items())
@pytest.mark.parametrize("with_envelope", [True, False])
def test_insides_wherever_they_stand(text: str, words: list[str], with_envelope: bool) -> None:
    expected = [f"insides shown: {word}" for word in words]
    options: dict[str, Any] = {"envelope": with_envelope, "secrets": [DATABASE]}

    assert problems(409, envelope(0, msg=text), **options) == expected
    assert problems(409, envelope(0, {"detail": [{"loc": [text]}]}, "No."), **options) == expected
    assert problems(409, envelope(0, {text: 1}, "No."), **options) == expected
    assert problems(500, text.encode(), envelope=False, secrets=[DATABASE]) == expected


@pytest.mark.parametrize(
    "code", ["1020", "1290", "2006", "2013", "4031", "HY000", "08006", "25006", "40P01", "53300", "55P03"]
)
def test_error_numbers(code: str) -> None:
    assert problems(409, envelope(0, msg=f"({code})"))[0].startswith(f"insides shown: ({code}")


@pytest.mark.parametrize(
    "text",
    [
        "The database is not available; nothing was saved. Try again.",
        "Select one from the list, update it, and delete what is left from it.",
        "It was paid in full (2026), order (12345), line 7.",
        "An internal error. Please set it again.",
        "Insert into the slot",
        "This sqlstatement has (20031) parts.",
        "127.0.0.1:433",
        "",
    ],
)
def test_plain_words_show_nothing(text: str) -> None:
    assert problems(409, envelope(0, msg=text), secrets=[DATABASE, ""]) == []


def test_unreadable_bytes_are_searched_too() -> None:
    assert problems(500, b"\xff pymysql", envelope=False) == ["insides shown: pymysql"]


def test_each_find_is_told_once_and_short() -> None:
    long = "SELECT " + "x, " * 100 + "y FROM t"

    found = problems(409, envelope(0, {"a": "pymysql"}, f"pymysql {long}"))

    assert found == ["insides shown: pymysql", f"insides shown: {long[:60]}"]


def test_every_problem_at_once() -> None:
    assert problems(503, envelope(1, msg="pymysql"), {"content-type": "text/html"}) == [
        "503 without Retry-After",
        "Content-Type is not JSON",
        "code is not 0",
        "insides shown: pymysql",
    ]
