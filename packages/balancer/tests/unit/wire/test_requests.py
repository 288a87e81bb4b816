"""Checks of requests, their canonical form, token counts, JSON text."""

import hashlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balancer.wire import json_text
from balancer.wire.canonical import canonical, digest
from balancer.wire.checks import problems, problems_at
from balancer.wire.counting import count_tokens
from balancer.wire.formats import Format

MESSAGES = [{"role": "user", "content": "hi"}]
GOOD = {"model": "m", "max_tokens": 1, "messages": MESSAGES}

WRONG = [
    ({"model": None}, ["model: field required"]),
    ({"model": ""}, ["model: must be a text that is not empty"]),
    ({"model": 5}, ["model: must be a text that is not empty"]),
    ({"messages": None}, ["messages: field required"]),
    ({"messages": []}, ["messages: must be a list with at least one message"]),
    ({"messages": "hi"}, ["messages: must be a list with at least one message"]),
    ({"messages": ["hi"]}, ["messages.0: must be an object"]),
    ({"messages": [*MESSAGES, {"content": "x"}]}, ["messages.1.role: must be a text that is not empty"]),
    ({"messages": [{"role": "user", "content": 5}]}, ["messages.0.content: must be a text or a list"]),
    ({"max_tokens": 0}, ["max_tokens: must be a whole number of at least 1"]),
    ({"max_tokens": True}, ["max_tokens: must be a whole number of at least 1"]),
    ({"stream": "yes"}, ["stream: must be true or false"]),
    ({"temperature": "warm"}, ["temperature: must be a number"]),
    ({"tools": {}}, ["tools: must be a list"]),
]


@pytest.mark.parametrize("request_format", Format)
def test_each_wrong_field_is_named(request_format):
    assert problems(request_format, GOOD) == []
    for change, found in WRONG:
        assert problems(request_format, GOOD | change) == found


def test_what_only_one_format_needs():
    without_limit = {"model": "m", "messages": MESSAGES}
    without_content = GOOD | {"messages": [{"role": "assistant", "tool_calls": []}]}

    assert problems(Format.ANTHROPIC, without_limit) == ["max_tokens: field required"]
    assert problems(Format.OPENAI, without_limit) == []
    assert problems(Format.ANTHROPIC, without_content) == ["messages.0.content: field required"]
    assert problems(Format.OPENAI, without_content) == []
    assert problems_at("/v1/messages/count_tokens", without_limit) == []
    assert problems_at("/v1/embeddings", {"model": "m"}) == ["input: field required"]
    assert problems_at("/v1/embeddings", {"model": "m", "input": ""}) == ["input: must be a text or a list"]
    assert problems_at("/v1/responses", {"model": "m", "input": "hi"}) == []


def test_all_problems_are_told_at_once():
    assert len(problems(Format.ANTHROPIC, {})) == 3
    assert problems(Format.ANTHROPIC, []) == ["body: must be a JSON object"]


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none(), min_size=2), st.randoms(use_true_random=False))
def test_order_of_keys_does_not_change_the_canonical_form(body, random):
    keys = list(body)
    random.shuffle(keys)

    assert canonical({key: body[key] for key in keys}) == canonical(body)


def test_canonical_form_leaves_out_what_it_is_told_and_keeps_surrogates():
    body = {"b": [1.5, "\udc80"], "stream": True, "a": {"d": 1, "c": 2}}

    assert canonical(body, without=frozenset({"stream"})) == b'{"a":{"c":2,"d":1},"b":[1.5,"\\udc80"]}'
    assert digest(body) == hashlib.sha256(canonical(body)).hexdigest()


def test_digest_is_the_same_in_processes_with_other_hash_seeds():
    program = "from balancer.wire.canonical import digest; print(digest({'a': {'x': 'é', 'y': [1, None]}, 'b': True}))"

    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(found) == 1


@pytest.mark.parametrize("text", ["NaN", '{"a": Infinity}', "{", '{"a": -Infinity}', "", "[" * 100_000, b'"\xff"'])
def test_what_is_not_json_is_a_value_error(text):
    with pytest.raises(ValueError):
        json_text.loads(text)


@given(st.text(alphabet=st.characters()))
def test_any_text_survives_encoding_surrogates_included(text):
    assert json_text.loads(json_text.encode(text)) == text.encode("utf-16", "surrogatepass").decode(
        "utf-16", "surrogatepass"
    )


def test_tokens_are_counted_in_texts_tools_and_images_at_any_depth():
    deep = "x" * 400
    for _ in range(5000):
        deep = [deep]

    assert count_tokens(GOOD) == 6
    assert count_tokens(GOOD | {"system": deep}) == 106
    assert count_tokens({"messages": [{"role": "user", "content": [{"type": "image", "source": "x" * 999}]}]}) > 1600
    assert count_tokens({"tools": [{"name": "weather"}]}) == 2
    assert count_tokens({}) == 1
