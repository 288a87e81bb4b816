"""Everything that `wire` builds is what the installed SDKs' own types say, and what their stream readers accept."""

import functools

import anthropic as anthropic_sdk
import httpx2
import openai as openai_sdk
import pytest
from anthropic.types import Message, ModelInfo, RawMessageStreamEvent
from anthropic.types.shared import ErrorResponse
from openai.types import CreateEmbeddingResponse, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.shared import ErrorObject
from pydantic import TypeAdapter

from balancer.wire import anthropic, json_text, openai
from balancer.wire.formats import Format
from balancer.wire.reading import reader_for
from tests.wire_examples import COMPLETIONS, MESSAGES, USAGE, WEATHER, anthropic_client, event_stream, openai_client

ASK = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}


def strictly(kind, value):
    """Validate `value` by an SDK's type, which the SDKs themselves do not do when they parse an answer."""
    return adapter(kind).validate_python(value, strict=True)


adapter = functools.cache(TypeAdapter)  # building one for a large union takes seconds


@pytest.mark.parametrize("name", MESSAGES)
def test_message_and_its_events_validate(name):
    strictly(Message, MESSAGES[name])
    for event in anthropic.stream(MESSAGES[name]):
        data = json_text.loads(event.data)
        assert data["type"] == event.name
        if event.name != "ping":
            strictly(RawMessageStreamEvent, data)


@pytest.mark.parametrize("name", MESSAGES)
def test_sdk_accumulates_the_stream_to_the_message(name):
    client = anthropic_client(event_stream(anthropic.stream(MESSAGES[name])))

    with client.messages.stream(**ASK) as stream:
        final = stream.get_final_message()

    assert final.to_dict() == {**MESSAGES[name], "stop_details": None}  # the SDK notes that there are none


@pytest.mark.parametrize("name", COMPLETIONS)
def test_completion_and_its_chunks_validate(name):
    strictly(ChatCompletion, COMPLETIONS[name])
    *chunks, done = openai.stream(COMPLETIONS[name], include_usage=True)
    assert done.data == "[DONE]"
    for event in chunks:
        strictly(ChatCompletionChunk, json_text.loads(event.data))


@pytest.mark.parametrize("name", [name for name in COMPLETIONS if name != "length"])
def test_sdk_accumulates_the_chunks_to_the_completion(name):
    client = openai_client(event_stream(openai.stream(COMPLETIONS[name], include_usage=True)))

    with client.chat.completions.stream(
        model="m", messages=ASK["messages"], stream_options={"include_usage": True}
    ) as stream:
        final = stream.get_final_completion()

    wanted = COMPLETIONS[name]["choices"][0]
    found = final.choices[0]
    assert (found.finish_reason, found.message.refusal) == (wanted["finish_reason"], wanted["message"]["refusal"])
    assert (found.message.content or None) == (wanted["message"]["content"] or None)
    assert [
        {
            "id": call.id,
            "type": call.type,
            "function": {"name": call.function.name, "arguments": call.function.arguments},
        }
        for call in found.message.tool_calls or []
    ] == (wanted["message"].get("tool_calls") or [])
    assert final.usage is not None
    assert final.usage.to_dict() == COMPLETIONS[name]["usage"]


def test_sdk_says_that_the_length_limit_was_reached():
    client = openai_client(event_stream(openai.stream(COMPLETIONS["length"])))

    with (
        client.chat.completions.stream(model="m", messages=ASK["messages"]) as stream,
        pytest.raises(openai_sdk.LengthFinishReasonError) as caught,
    ):
        stream.get_final_completion()

    assert caught.value.completion.choices[0].message.content == "one two"


def test_usage_chunk_comes_only_when_asked_for():
    plain = [json_text.loads(event.data) for event in openai.stream(COMPLETIONS["text"])[:-1]]

    assert not any("usage" in chunk for chunk in plain)
    assert all(chunk["choices"] for chunk in plain)


RESPONSES = {
    "text": openai.response("Hello there.", model="gpt-x", usage=USAGE),
    "tools": openai.response("I look.", model="gpt-x", function_calls=[("weather", json_text.dumps(WEATHER))]),
    "incomplete": openai.response("Hello", model="gpt-x", status="incomplete"),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_response_and_its_events_validate(name):
    strictly(Response, RESPONSES[name])
    events = [json_text.loads(event.data) for event in openai.response_stream(RESPONSES[name])]
    for event in events:
        strictly(ResponseStreamEvent, event)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


@pytest.mark.parametrize("name", ["text", "tools"])
def test_sdk_accumulates_the_response(name):
    client = openai_client(event_stream(openai.response_stream(RESPONSES[name])))

    with client.responses.stream(model="m", input="hi") as stream:
        final = stream.get_final_response()

    assert final.output_text == RESPONSES[name]["output"][0]["content"][0]["text"]
    assert [one.type for one in final.output] == [one["type"] for one in RESPONSES[name]["output"]]


@pytest.mark.parametrize("encoding_format", ["float", "base64"])
@pytest.mark.parametrize(("inputs", "count"), [("hi", 1), (["hi", "ho"], 2), ([1, 2], 1), ([[1], [2]], 2)])
def test_embeddings_decode_to_the_same_unit_vectors(encoding_format, inputs, count):
    plain = openai.embeddings(inputs, model="e", dimensions=8)
    strictly(CreateEmbeddingResponse, plain)
    body = openai.embeddings(inputs, model="e", dimensions=8, encoding_format=encoding_format)
    client = openai_client(httpx2.Response(200, json=body))

    extra = {"encoding_format": "float"} if encoding_format == "float" else {}
    vectors = [one.embedding for one in client.embeddings.create(model="e", input=inputs, **extra).data]

    assert vectors == [one["embedding"] for one in plain["data"]]
    assert [len(vector) for vector in vectors] == [8] * count
    assert all(abs(sum(number * number for number in vector) - 1) < 1e-5 for vector in vectors)


def test_embedding_of_another_text_is_another_vector():
    first, second = openai.embeddings(["a", "b"], model="e", dimensions=4)["data"]

    assert first["embedding"] != second["embedding"]


def test_models_list_in_both_sdks():
    for_openai = openai_client(httpx2.Response(200, json=openai.models(["a", "b"])))
    for_anthropic = anthropic_client(httpx2.Response(200, json=anthropic.models(["a", "b"])))

    assert [model.id for model in for_openai.models.list()] == ["a", "b"]
    assert [model.id for model in for_anthropic.models.list()] == ["a", "b"]
    for one in openai.models(["a"])["data"]:
        strictly(Model, one)
    for one in anthropic.models(["a"])["data"]:
        adapter(ModelInfo).validate_json(json_text.dumps(one), strict=True)


OUTSIDE_THE_SDK_TYPES = {"request_too_large", "conflict_error"}  # documented, but not in the SDK's union of objects


@pytest.mark.parametrize("status", anthropic.ERROR_TYPES)
def test_anthropic_error_is_what_the_sdk_raises(status):
    body = anthropic.error_body(status, "No.", request_id="req_1")
    if body["error"]["type"] not in OUTSIDE_THE_SDK_TYPES:
        strictly(ErrorResponse, body)
    client = anthropic_client(httpx2.Response(status, json=body))

    with pytest.raises(anthropic_sdk.APIStatusError) as caught:
        client.messages.create(**ASK)

    assert (caught.value.status_code, caught.value.body) == (status, body)


@pytest.mark.parametrize("status", openai.ERROR_TYPES)
def test_openai_error_has_four_members_and_is_what_the_sdk_raises(status):
    body = openai.error_body(status, "No.")
    strictly(ErrorObject, body["error"])
    client = openai_client(httpx2.Response(status, json=body))

    with pytest.raises(openai_sdk.APIStatusError) as caught:
        client.chat.completions.create(model="m", messages=ASK["messages"])

    assert list(body["error"]) == ["message", "type", "param", "code"]
    assert (caught.value.status_code, caught.value.code) == (status, body["error"]["code"])


def test_error_events_are_raised_by_both_sdks():
    broken = [*anthropic.stream(MESSAGES["text"])[:4], anthropic.error_event(529, "Overloaded")]
    with pytest.raises(anthropic_sdk.APIStatusError, match="Overloaded"):
        list(anthropic_client(event_stream(broken)).messages.create(**ASK, stream=True))

    broken = [*openai.stream(COMPLETIONS["text"])[:3], openai.error_event(529, "Overloaded")]
    with pytest.raises(openai_sdk.APIError, match="Overloaded") as caught:
        list(openai_client(event_stream(broken)).chat.completions.create(**ASK, stream=True))
    assert caught.value.code == "overloaded"


def test_token_count_is_read_by_the_sdk_and_grows_with_the_text():
    short, long = (
        anthropic_client(httpx2.Response(200, json=anthropic.count_tokens(body))).messages.count_tokens(
            model="m", messages=[{"role": "user", "content": "x"}]
        )
        for body in (ASK, {**ASK, "system": "word " * 400})
    )

    assert 0 < short.input_tokens < long.input_tokens


def test_answers_with_lone_surrogates_reach_the_sdk_as_escapes():
    text = "a\ud83d b"
    for made, reader in (
        (anthropic.stream(anthropic.message(text, model="m")), reader_for(Format.ANTHROPIC)),
        (openai.stream(openai.chat_completion(text, model="m")), reader_for(Format.OPENAI)),
    ):
        assert b"\\ud83d" in event_stream(made).content
        for event in made:
            reader.feed(event)
        assert reader.text == text


def test_rate_limit_headers_follow_each_vendors_form():
    assert openai.rate_limit_headers(limit=5, remaining=0, reset_seconds=360) == {
        "x-ratelimit-limit-requests": "5",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "6m0s",
    }
    assert [openai.duration(one) for one in (0, 0.006, 0.9999, 1, 60, 61)] == ["0s", "6ms", "1s", "1s", "1m0s", "1m1s"]
    headers = anthropic.rate_limit_headers(limit=5, remaining=2, reset_seconds=1, kind="tokens")
    assert headers["anthropic-ratelimit-tokens-remaining"] == "2"
    assert headers["anthropic-ratelimit-tokens-reset"].endswith("Z")
