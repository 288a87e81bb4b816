"""Readers of both formats: the meaning of each event, completeness, text and usage."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balancer.wire import anthropic, json_text, openai
from balancer.wire.errors import status_of
from balancer.wire.formats import Format
from balancer.wire.reading import Kind, reader_for
from balancer.wire.sse import Event
from balancer.wire.usage import Usage, of_answer
from tests.wire_examples import COMPLETIONS, MESSAGES, USAGE


def kinds(stream_format, events):
    reader = reader_for(stream_format)
    found = [reader.feed(event).kind for event in events]
    return [kind for kind, _ in itertools.groupby(found)], reader


@pytest.mark.parametrize("name", MESSAGES)
def test_message_stream_reads_to_its_message(name):
    _, reader = kinds(Format.ANTHROPIC, anthropic.stream(MESSAGES[name]))

    assert reader.complete
    assert reader.text == "".join(block.get("text", "") for block in MESSAGES[name]["content"])
    assert reader.usage == of_answer(Format.ANTHROPIC, MESSAGES[name])
    assert reader.stop_reason == MESSAGES[name]["stop_reason"]
    assert reader.has_tool_use is (name == "tools")


@pytest.mark.parametrize("name", COMPLETIONS)
def test_chunks_read_to_their_completion(name):
    _, reader = kinds(Format.OPENAI, openai.stream(COMPLETIONS[name], include_usage=True))

    choice = COMPLETIONS[name]["choices"][0]
    assert reader.complete
    assert reader.text == (choice["message"]["content"] or "")
    assert reader.usage == of_answer(Format.OPENAI, COMPLETIONS[name])
    assert reader.stop_reason == choice["finish_reason"]
    assert reader.has_tool_use is ("tools" in name)


def test_content_begins_with_the_first_text_thinking_or_tool_call():
    start, ping, hold, content, other, end = Kind.START, Kind.PING, Kind.HOLD, Kind.CONTENT, Kind.OTHER, Kind.END

    assert kinds(Format.ANTHROPIC, anthropic.stream(MESSAGES["text"]))[0] == [start, ping, hold, content, other, end]
    tool = anthropic.message([anthropic.tool_use("time", {})], model="m")
    assert kinds(Format.ANTHROPIC, anthropic.stream(tool))[0] == [start, ping, content, other, end]
    thought = anthropic.message([anthropic.thinking("a b")], model="m")
    assert kinds(Format.ANTHROPIC, anthropic.stream(thought))[0] == [start, ping, hold, content, other, end]
    assert kinds(Format.OPENAI, openai.stream(COMPLETIONS["text"]))[0] == [start, content, other, end]
    assert kinds(Format.OPENAI, openai.stream(COMPLETIONS["tools"]))[0] == [start, content, other, end]


@pytest.mark.parametrize("name", COMPLETIONS)
def test_no_prefix_of_a_stream_is_complete_before_its_end(name):
    events = openai.stream(COMPLETIONS[name])
    assert not any(kinds(Format.OPENAI, events[:count])[1].complete for count in range(len(events) - 1))

    for message in MESSAGES.values():
        events = anthropic.stream(message)
        assert not any(kinds(Format.ANTHROPIC, events[:count])[1].complete for count in range(len(events)))


def test_done_alone_completes_nothing_and_a_finish_reason_without_done_does():
    *chunks, done = openai.stream(COMPLETIONS["text"])

    assert not kinds(Format.OPENAI, [done])[1].complete
    assert not kinds(Format.OPENAI, [*chunks[:-1], done])[1].complete
    assert kinds(Format.OPENAI, chunks)[1].complete


def test_two_choices_are_complete_when_both_have_finished():
    def chunk(index, reason=None):
        choice = {"index": index, "delta": {} if reason else {"content": str(index)}, "finish_reason": reason}
        return Event("", json_text.dumps({"choices": [choice]}))

    events = [chunk(0), chunk(1), chunk(0, "stop")]
    assert not kinds(Format.OPENAI, events)[1].complete
    both = kinds(Format.OPENAI, [*events, chunk(1, "stop")])[1]
    assert (both.complete, both.text) == (True, "0")


MALFORMED = {
    Format.ANTHROPIC: [
        Event("message_start", "{"),
        Event("message_start", "[]"),
        Event("message_start", '{"type": "message_start"}'),
        Event("message_start", '{"type": "message_start", "message": {"usage": NaN}}'),
        Event("", anthropic.stream(MESSAGES["text"])[0].data),
        anthropic.stream(MESSAGES["text"])[3],
        Event("message_stop", '{"type": "message_stop"}'),
    ],
    Format.OPENAI: [Event("", "{"), Event("", "[]"), Event("", "{}"), Event("", '{"choices": null}'), Event("", "")],
}


@pytest.mark.parametrize("stream_format", Format)
def test_events_that_no_reader_could_use_are_malformed(stream_format):
    for event in MALFORMED[stream_format]:
        reader = reader_for(stream_format)
        assert (reader.feed(event).kind, reader.complete) == (Kind.MALFORMED, False), event


def test_block_of_a_type_that_is_no_text_is_content():
    start = anthropic.stream(MESSAGES["text"])[0]

    assert kinds(Format.ANTHROPIC, [start, Event("content_block_start", '{"content_block": {"type": []}}')])[0] == [
        Kind.START,
        Kind.CONTENT,
    ]


def test_second_message_start_is_malformed():
    events = anthropic.stream(MESSAGES["text"])

    assert kinds(Format.ANTHROPIC, [events[0], events[0]])[0] == [Kind.START, Kind.MALFORMED]


def test_event_of_an_unknown_kind_is_let_through():
    assert kinds(Format.ANTHROPIC, [Event("content_moved", "{}")])[0] == [Kind.OTHER]


ERRORS = [
    (Format.ANTHROPIC, anthropic.error_event(529, "Overloaded"), 529),
    (Format.ANTHROPIC, anthropic.error_event(429, "Slow"), 429),
    (Format.ANTHROPIC, anthropic.error_event(400, "Long"), 400),
    (Format.OPENAI, openai.error_event(503, "Overloaded"), 529),
    (Format.OPENAI, openai.error_event(429, "Slow"), 429),
    (Format.OPENAI, openai.error_event(400, "Long", code="context_length_exceeded"), 400),
    (Format.OPENAI, openai.error_event(402, "Spent"), 402),
    (Format.OPENAI, Event("", '{"error": "insufficient credits"}'), 500),
    (Format.OPENAI, Event("", '{"error": {"type": [], "code": 1}}'), 500),
]


@pytest.mark.parametrize(("stream_format", "event", "status"), ERRORS)
def test_error_inside_a_stream_has_the_status_of_its_type(stream_format, event, status):
    reader = reader_for(stream_format)

    step = reader.feed(event)

    assert step.kind is Kind.ERROR
    assert reader.error == step.error
    assert status_of(step.error) == status


def test_cumulative_usage_replaces_and_keeps_what_it_leaves_out():
    start = anthropic.stream(anthropic.message("a", model="m", usage=USAGE))[0]
    delta = Event("message_delta", '{"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}')

    _, reader = kinds(Format.ANTHROPIC, [start, delta, delta])

    assert reader.usage == Usage(input_tokens=50, output_tokens=7, cached_tokens=30, cache_write_tokens=5)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "message", "delta", "choices", "index", "usage", "error", "text", "content_block"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
names = st.sampled_from(["", "message_start", "content_block_start", "content_block_delta", "message_delta", "error"])


@given(st.lists(st.tuples(names, json_values), max_size=4))
def test_no_event_breaks_a_reader(events):
    for stream_format in Format:
        reader = reader_for(stream_format)
        reader.feed(anthropic.stream(MESSAGES["text"])[0])
        for name, value in events:
            assert reader.feed(Event(name, json_text.dumps(value))).kind in Kind
        assert isinstance(reader.text, str)
