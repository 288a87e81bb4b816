"""Repetitions of a request are known, in whatever form they come."""

import subprocess
import sys

import pytest

from balancer.mock.meaning import key_of, meaning_of

TALK = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


@pytest.mark.parametrize(
    "same",
    [
        TALK | {"model": "another"},
        TALK | {"stream": True, "max_tokens": 5},
        {"messages": [{"role": "system", "content": "be kind"}, *TALK["messages"]]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]},
    ],
)
def test_the_same_talk_has_one_digest(same):
    assert meaning_of(same) == meaning_of(TALK)


@pytest.mark.parametrize(
    "other",
    [
        {"messages": [{"role": "user", "content": "ho"}]},
        {"messages": [{"role": "assistant", "content": "hi"}]},
        {"messages": []},
        {"messages": "hi"},
        {"input": "hi"},
        {"messages": [3, None]},
    ],
)
def test_another_talk_has_another(other):
    assert meaning_of(other) != meaning_of(TALK)


def test_a_cached_answers_key_ignores_what_changes_no_answer():
    assert key_of(TALK) == key_of(TALK | {"stream": True, "max_tokens": 9, "metadata": {"user_id": "u"}})
    assert key_of(TALK) != key_of(TALK | {"temperature": 1})


def test_a_cached_answers_key_is_the_same_in_another_process():
    code = f"from balancer.mock.meaning import key_of; print(key_of({TALK!r}))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    assert found == key_of(TALK)
