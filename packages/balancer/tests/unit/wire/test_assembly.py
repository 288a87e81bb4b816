"""A whole answer turned into its stream and back is the same answer."""

import pytest

from balancer.wire import anthropic, openai
from balancer.wire.assembly import assemble
from balancer.wire.formats import Format

BLOCKS = [anthropic.thinking("Let me see."), anthropic.text("Two calls:"), anthropic.tool_use("look", {"at": [1, "é"]})]
CALLS = [openai.tool_call("look", {"at": 1}), openai.tool_call("go", {})]


@pytest.mark.parametrize("content", ["A short text.", "", BLOCKS, []])
def test_a_message(content):
    message = anthropic.message(content, model="m")
    assert assemble(Format.ANTHROPIC, anthropic.stream(message)) == message


@pytest.mark.parametrize("fields", [{"content": "A short text."}, {"content": None, "tool_calls": CALLS}])
def test_a_completion(fields):
    completion = openai.chat_completion(model="m", **fields)
    assembled = assemble(Format.OPENAI, openai.stream(completion, include_usage=True))
    message, expected = assembled["choices"][0]["message"], completion["choices"][0]["message"]
    assert (message.get("content") or None) == (expected["content"] or None)
    assert message.get("tool_calls") == expected.get("tool_calls")
    assert assembled["usage"] == completion["usage"]
    assert assembled["choices"][0]["finish_reason"] == completion["choices"][0]["finish_reason"]
    assert (assembled["object"], assembled["id"]) == ("chat.completion", completion["id"])


@pytest.mark.parametrize("stream_format", list(Format))
def test_a_stream_without_a_beginning_is_an_error(stream_format):
    with pytest.raises(ValueError, match="has no"):
        assemble(stream_format, [])
