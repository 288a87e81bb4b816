"""Answers, streams and errors in the other format, as the caller's SDK reads them."""

import contextlib

import anthropic as anthropic_sdk
import openai as openai_sdk
import pytest
from anthropic.types import Message
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion
from pydantic import TypeAdapter

from balancer.wire import anthropic, errors, json_text, openai
from balancer.wire.formats import Format
from balancer.wire.reading import Kind, reader_for
from balancer.wire.sse import Event
from balancer.wire.translation import StreamTranslator, TranslationError, answer, error
from balancer.wire.usage import Usage, of_answer
from tests.wire_examples import COMPLETIONS, MESSAGES, USAGE, anthropic_client, event_stream, openai_client

ANTHROPIC, OPENAI = Format.ANTHROPIC, Format.OPENAI
ASK = [{"role": "user", "content": "hi"}]
REASONS = [
    ("end_turn", "stop"),
    ("stop_sequence", "stop"),
    ("pause_turn", "stop"),
    ("max_tokens", "length"),
    ("model_context_window_exceeded", "length"),
    ("tool_use", "tool_calls"),
    ("refusal", "content_filter"),
]
strict_message, strict_completion = TypeAdapter(Message), TypeAdapter(ChatCompletion)


def translated(source, target, events, **options):
    translator = StreamTranslator(source, target, **options)
    return [found for event in events for found in translator.feed(event)] + translator.end()


words = st.text(min_size=1, max_size=12)
inputs = st.dictionaries(words, st.integers() | words | st.lists(words, max_size=2), max_size=3)
usages = st.builds(
    lambda fresh, cached, written, out: Usage(fresh + cached + written, out, cached, written),
    *[st.integers(0, 999)] * 4,
)


@st.composite
def messages(draw):
    said = [anthropic.text(text) for text in draw(st.lists(words, max_size=1))]
    calls = [
        anthropic.tool_use(draw(words), draw(inputs), tool_id=f"toolu_{number}")
        for number in range(draw(st.integers(0, 3)))
    ]
    reason = "tool_use" if calls else draw(st.sampled_from(["end_turn", "max_tokens", "refusal"]))
    return anthropic.message(said + calls, model="m", message_id="msg_1", stop_reason=reason, usage=draw(usages))


def without_defaults(message):
    return {name: value for name, value in message.to_dict().items() if name != "stop_details"}


@given(messages())
def test_message_there_and_back_is_the_same(message):
    completion = answer(ANTHROPIC, OPENAI, message)

    strict_completion.validate_python(completion, strict=True)
    assert answer(OPENAI, ANTHROPIC, completion) == message


@given(messages())
def test_stream_there_and_back_is_the_same_message_to_the_sdk(message):
    chunks = translated(ANTHROPIC, OPENAI, anthropic.stream(message), include_usage=True)
    events = translated(OPENAI, ANTHROPIC, chunks)

    with anthropic_client(event_stream(events)).messages.stream(model="m", max_tokens=9, messages=ASK) as stream:
        final = without_defaults(stream.get_final_message())
    assert final == message


@given(messages(), st.booleans())
def test_translated_stream_is_complete_and_says_what_the_whole_answer_says(message, include_usage):
    chunks = translated(ANTHROPIC, OPENAI, anthropic.stream(message), include_usage=include_usage)

    reader = reader_for(OPENAI)
    assert Kind.MALFORMED not in {reader.feed(chunk).kind for chunk in chunks}
    assert reader.complete
    assert chunks[-1] == openai.DONE
    assert reader.usage == (of_answer(ANTHROPIC, message) if include_usage else Usage())
    assert any('"choices":[],' in chunk.data for chunk in chunks) is include_usage


@pytest.mark.parametrize("name", [name for name in COMPLETIONS if name != "length"])
def test_completion_reaches_the_anthropic_sdk(name):
    whole = answer(OPENAI, ANTHROPIC, COMPLETIONS[name])
    strict_message.validate_python(whole, strict=True)
    events = translated(OPENAI, ANTHROPIC, openai.stream(COMPLETIONS[name], include_usage=True))

    with anthropic_client(event_stream(events)).messages.stream(model="m", max_tokens=9, messages=ASK) as stream:
        final = without_defaults(stream.get_final_message())

    assert final == whole


@pytest.mark.parametrize("name", [name for name in MESSAGES if name != "length"])
def test_message_reaches_the_openai_sdk(name):
    whole = strict_completion.validate_python(answer(ANTHROPIC, OPENAI, MESSAGES[name]), strict=True).choices[0]
    chunks = translated(ANTHROPIC, OPENAI, anthropic.stream(MESSAGES[name]), include_usage=True)

    with openai_client(event_stream(chunks)).chat.completions.stream(model="m", messages=ASK) as stream:
        final = stream.get_final_completion()

    found = final.choices[0]
    assert (found.message.content or "", found.finish_reason) == (whole.message.content or "", whole.finish_reason)
    assert [(call.id, call.function.name, call.function.arguments) for call in found.message.tool_calls or []] == [
        (call.id, call.function.name, call.function.arguments) for call in whole.message.tool_calls or []
    ]
    assert final.usage.to_dict() == answer(ANTHROPIC, OPENAI, MESSAGES[name])["usage"]


@pytest.mark.parametrize(("stop_reason", "finish_reason"), REASONS)
def test_reasons_are_mapped_in_answers_and_streams(stop_reason, finish_reason):
    message = anthropic.message("a", model="m", stop_reason=stop_reason)
    completion = answer(ANTHROPIC, OPENAI, message)
    assert completion["choices"][0]["finish_reason"] == finish_reason
    chunks = translated(ANTHROPIC, OPENAI, anthropic.stream(message))
    assert json_text.loads(chunks[-2].data)["choices"][0]["finish_reason"] == finish_reason

    back = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal", "tool_calls": "tool_use"}
    assert answer(OPENAI, ANTHROPIC, completion)["stop_reason"] == back[finish_reason]
    assert (
        json_text.loads(translated(OPENAI, ANTHROPIC, chunks)[-2].data)["delta"]["stop_reason"] == back[finish_reason]
    )


def test_cached_tokens_are_counted_as_each_vendor_counts_them():
    to_openai = answer(ANTHROPIC, OPENAI, MESSAGES["text"])["usage"]
    to_anthropic = answer(OPENAI, ANTHROPIC, COMPLETIONS["text"])["usage"]

    assert (to_openai["prompt_tokens"], to_openai["prompt_tokens_details"]["cached_tokens"]) == (50, 30)
    assert (to_anthropic["input_tokens"], to_anthropic["cache_read_input_tokens"]) == (15, 30)
    assert of_answer(ANTHROPIC, answer(OPENAI, ANTHROPIC, COMPLETIONS["text"])) == USAGE


def test_thinking_and_pings_are_left_out():
    chunks = translated(ANTHROPIC, OPENAI, anthropic.stream(MESSAGES["tools"]))

    assert not any("thinking" in chunk.data or "Let me" in chunk.data or "ping" in chunk.data for chunk in chunks)


@pytest.mark.parametrize("name", ["text", "tools"])
def test_incomplete_stream_stays_incomplete(name):
    for source, target, events in (
        (ANTHROPIC, OPENAI, anthropic.stream(MESSAGES[name])),
        (OPENAI, ANTHROPIC, openai.stream(COMPLETIONS[name])),
    ):
        last = len(events) - (2 if source is OPENAI else 1)  # a finish reason without [DONE] is complete
        for count in range(last):
            reader = reader_for(target)
            for event in translated(source, target, events[:count]):
                reader.feed(event)
            assert not reader.complete, (source, count)


def test_finish_reason_without_done_is_finished_by_the_end_of_the_body():
    chunks = openai.stream(COMPLETIONS["text"], include_usage=True)

    without_done = translated(OPENAI, ANTHROPIC, chunks[:-1])

    assert without_done[-2:] == translated(OPENAI, ANTHROPIC, chunks)[-2:]
    assert without_done[-1].name == "message_stop"


def call_chunk(index, *, call_id=None, name=None, arguments=None):
    function = {"name": name, "arguments": arguments}
    call = {"index": index, "id": call_id, "type": "function", "function": function}
    return Event(
        "",
        json_text.dumps({"id": "chatcmpl-1", "model": "m", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}),
    )


def test_parallel_calls_that_share_an_index_stay_apart():
    chunks = [
        call_chunk(0, call_id="a", name="weather", arguments='{"x":'),
        call_chunk(0, arguments="1}"),
        call_chunk(0, call_id="b", name="time", arguments="{}"),
        Event("", '{"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}'),
    ]

    events = translated(OPENAI, ANTHROPIC, chunks)

    with anthropic_client(event_stream(events)).messages.stream(model="m", max_tokens=9, messages=ASK) as stream:
        calls = [(block.id, block.input) for block in stream.get_final_message().content]
    assert calls == [("a", {"x": 1}), ("b", {})]


def test_call_that_goes_on_after_the_next_one_began_is_malformed():
    chunks = [call_chunk(0, call_id="a"), call_chunk(1, call_id="b"), call_chunk(0, arguments="{}")]

    with pytest.raises(TranslationError, match="goes on after the next call began"):
        translated(OPENAI, ANTHROPIC, chunks)


def test_malformed_events_are_refused():
    for source, target, event in (
        (ANTHROPIC, OPENAI, Event("message_stop", "{")),
        (OPENAI, ANTHROPIC, Event("", "{}")),
    ):
        with pytest.raises(TranslationError, match="malformed"):
            translated(source, target, [event])


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": [{"message": None}]}, {"choices": 5}], ids=repr)
def test_body_that_is_no_answer_is_refused(body):
    for source, target in ((ANTHROPIC, OPENAI), (OPENAI, ANTHROPIC)):
        with pytest.raises(TranslationError):
            answer(source, target, body)


def test_events_pass_unchanged_between_equal_formats():
    events = anthropic.stream(MESSAGES["tools"])

    assert all(found is event for found, event in zip(translated(ANTHROPIC, ANTHROPIC, events), events, strict=True))
    assert answer(ANTHROPIC, ANTHROPIC, MESSAGES["text"]) is MESSAGES["text"]


STATUSES = [
    (ANTHROPIC, OPENAI, 529, {}, 503, "overloaded"),
    (ANTHROPIC, OPENAI, 429, {}, 429, "rate_limit_exceeded"),
    (ANTHROPIC, OPENAI, 402, {}, 402, "insufficient_quota"),
    (ANTHROPIC, OPENAI, 413, {}, 413, "request_too_large"),
    (ANTHROPIC, OPENAI, 401, {}, 401, "invalid_api_key"),
    (OPENAI, ANTHROPIC, 429, {}, 429, "rate_limit_error"),
    (OPENAI, ANTHROPIC, 429, {"kind": "insufficient_quota", "code": "insufficient_quota"}, 402, "billing_error"),
    (OPENAI, ANTHROPIC, 503, {}, 529, "overloaded_error"),
    (OPENAI, ANTHROPIC, 500, {}, 500, "api_error"),
    (OPENAI, ANTHROPIC, 404, {}, 404, "not_found_error"),
]


@pytest.mark.parametrize(("source", "target", "status", "kind", "wanted", "name"), STATUSES)
def test_error_has_the_callers_status_and_shape(source, target, status, kind, wanted, name):
    found, body = error(source, target, status, errors.error_body(source, status, "No.", **kind))

    assert found == wanted
    assert body["error"]["message"] == "No."
    assert name == (body["error"]["type"] if target is ANTHROPIC else body["error"]["code"])


def test_context_window_is_named_for_openai():
    body = anthropic.error_body(400, "prompt is too long: 210000 tokens > 200000 maximum")

    assert error(ANTHROPIC, OPENAI, 400, body)[1]["error"]["code"] == "context_length_exceeded"


@pytest.mark.parametrize("body", [None, "<h1>502 Bad Gateway</h1>", {}, {"error": {}}, ["secret"]], ids=repr)
def test_body_that_is_no_error_is_not_passed_on(body):
    for source in Format:
        for target in Format:
            assert error(source, target, 502, body)[1]["error"]["message"] == "The provider answered with HTTP 502."


def test_error_of_plain_text_becomes_the_vendors_shape():
    for target in Format:
        assert (
            error(target, target, 402, {"error": "insufficient credits"})[1]["error"]["message"]
            == "insufficient credits"
        )


def test_error_inside_a_stream_is_raised_by_the_callers_sdk():
    broken = [*anthropic.stream(MESSAGES["text"])[:4], anthropic.error_event(529, "Overloaded")]
    chunks = translated(ANTHROPIC, OPENAI, broken)
    with pytest.raises(openai_sdk.APIError, match="Overloaded") as caught:
        list(openai_client(event_stream(chunks)).chat.completions.create(model="m", messages=ASK, stream=True))
    assert caught.value.code == "overloaded"

    broken = [*openai.stream(COMPLETIONS["text"])[:3], openai.error_event(429, "Slow down")]
    events = translated(OPENAI, ANTHROPIC, broken)
    client = anthropic_client(event_stream(events))
    with pytest.raises(anthropic_sdk.APIStatusError, match="rate_limit_error"):
        list(client.messages.create(model="m", max_tokens=9, messages=ASK, stream=True))


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "delta",
                    "choices",
                    "index",
                    "tool_calls",
                    "function",
                    "arguments",
                    "content",
                    "content_block",
                    "type",
                    "error",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
event_names = st.sampled_from(
    ["content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"]
)


@given(st.lists(st.tuples(event_names, json_values), max_size=5))
def test_no_event_breaks_a_translator(events):
    starts = {ANTHROPIC: anthropic.stream(MESSAGES["text"])[0], OPENAI: openai.stream(COMPLETIONS["text"])[0]}
    for source, target in ((ANTHROPIC, OPENAI), (OPENAI, ANTHROPIC)):
        made = [Event(name, json_text.dumps(value)) for name, value in events]
        with contextlib.suppress(TranslationError):
            assert translated(source, target, [starts[source], *made])
