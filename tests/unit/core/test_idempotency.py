"""The `Idempotency-Key` header: what is a key and what is none, and the mark of an answer that was given before."""

import pytest
from flask import Flask

from backend.core.idempotency import BadKeyError, KeyReusedError, read_key
from backend.core.web.replayed import mark_replayed
from tests.framework.tables import table


@table(
    "header, key",
    [
        (None, None),
        ("a", "a"),
        ('"a"', "a"),
        ("  a ", "a"),
        ("A-Z_a.z:0", "A-Z_a.z:0"),
        ("a" * 128, "a" * 128),
        (f'"{"a" * 128}"', "a" * 128),
    ],
)
def test_key(header, key):
    assert read_key(header) == key


@table("header", ["", " ", '""', "a b", '"a', 'a"', "ü", "a" * 129, '"a";b=1', "a,b", "a/b", "a\0"])
def test_what_is_no_key(header):
    with pytest.raises(BadKeyError) as caught:
        read_key(header)

    (problem,) = caught.value.data["detail"]
    assert (problem["loc"], problem["type"]) == (["header", "Idempotency-Key"], "bad_key")
    assert "128" in problem["msg"]


def test_key_of_another_request_is_a_problem_of_the_header():
    (problem,) = KeyReusedError().data["detail"]

    assert (problem["loc"], problem["type"]) == (["header", "Idempotency-Key"], "key_reused")


def test_only_an_answer_that_is_marked_says_so():
    app = Flask(__name__)
    app.add_url_rule("/new", "new", lambda: "")
    app.add_url_rule("/again", "again", lambda: mark_replayed() or "")
    client = app.test_client()

    assert client.get("/again").headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in client.get("/new").headers
