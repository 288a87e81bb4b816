"""Requests in the other format: what both can say goes there and back, the rest is left out and noted."""

import contextlib
import functools

import pytest
from anthropic.types import MessageCreateParams
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat.completion_create_params import CompletionCreateParams
from pydantic import TypeAdapter

from balancer.wire.checks import problems
from balancer.wire.formats import Format
from balancer.wire.translation import TranslationError, request

ANTHROPIC, OPENAI = Format.ANTHROPIC, Format.OPENAI
PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
LINK = {"type": "image", "source": {"type": "url", "url": "https://pictures.test/a.png"}}
PDF = {
    "type": "document",
    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
    "title": "bill.pdf",
}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"name": "weather", "description": "The weather.", "input_schema": SCHEMA}


def accepts(kind, body):
    """Whether the SDK's own parameter type takes the body, its lazy iterables included."""
    _drain(_adapter(kind).validate_python(body))


_adapter = functools.cache(TypeAdapter)


def _drain(value):
    if isinstance(value, dict):
        value = value.values()
    if not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
        for one in value:
            _drain(one)


def ask(content="hi", **fields):
    return {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}], **fields}


def to_openai(body):
    return request(ANTHROPIC, OPENAI, body, "m")


def to_anthropic(body):
    return request(OPENAI, ANTHROPIC, body, "m")


words = st.text(min_size=1, max_size=8)
text_blocks = words.map(lambda text: {"type": "text", "text": text})
several = functools.partial(st.lists, min_size=2, max_size=4)
user_contents = words | several(text_blocks | st.sampled_from([PNG, LINK, PDF]))
json_objects = st.dictionaries(words, st.integers() | words | st.none() | st.lists(words, max_size=2), max_size=3)


@st.composite
def tool_turns(draw):
    """An assistant's calls, and the user's turn with all their results, then what the user adds."""
    ids = [f"toolu_{number}" for number in range(draw(st.integers(1, 3)))]
    calls = [{"type": "tool_use", "id": one, "name": draw(words), "input": draw(json_objects)} for one in ids]
    said = draw(st.lists(text_blocks, max_size=2))
    contents = st.just("") | words | several(text_blocks)
    results = [{"type": "tool_result", "tool_use_id": one, "content": draw(contents)} for one in ids]
    added = draw(st.lists(text_blocks | st.just(PNG), max_size=2))
    return [{"role": "assistant", "content": said + calls}, {"role": "user", "content": results + added}]


plain_turns = st.tuples(words | several(text_blocks), user_contents).map(
    lambda pair: [{"role": "assistant", "content": pair[0]}, {"role": "user", "content": pair[1]}]
)


@st.composite
def common_requests(draw):
    """Requests of Anthropic's format that OpenAI's can say too, in their simplest writing."""
    turns = draw(st.lists(plain_turns | tool_turns(), max_size=3))
    opening = {"role": "user", "content": draw(user_contents)}
    optional = {
        "system": words | several(text_blocks),
        "temperature": st.floats(0, 1),
        "top_p": st.floats(0, 1),
        "stop_sequences": st.lists(words.filter(str.strip), min_size=1, max_size=4),
        "metadata": st.fixed_dictionaries({"user_id": words}),
        "stream": st.booleans(),
        "output_config": st.just({"format": {"type": "json_schema", "schema": SCHEMA}}),
        "tools": st.just(
            [TOOL, {"name": "time", "input_schema": {"type": "object", "properties": {}}, "strict": True}]
        ),
    }
    body = {
        "model": "m",
        "max_tokens": draw(st.integers(1, 99)),
        "messages": [opening, *(message for pair in turns for message in pair)],
        **draw(st.fixed_dictionaries({}, optional=optional)),
    }
    return body | (draw(tool_choices) if "tools" in body else {})


tool_choices = st.sampled_from(
    [
        {},
        {"tool_choice": {"type": "auto"}},
        {"tool_choice": {"type": "any"}},
        {"tool_choice": {"type": "none"}},
        {"tool_choice": {"type": "tool", "name": "weather"}},
        {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        {"tool_choice": {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}},
    ]
)


@given(common_requests())
def test_there_and_back_is_the_same_request(body):
    there = to_openai(body)
    back = to_anthropic(there.body)

    assert back.body == body
    assert there.warnings == back.warnings == []


@given(common_requests())
def test_what_goes_out_is_what_the_sdk_would_send(body):
    there = to_openai(body).body
    accepts(CompletionCreateParams, there)
    accepts(MessageCreateParams, to_anthropic(there).body)
    assert problems(OPENAI, there) == []


@pytest.mark.parametrize("same", Format)
def test_same_format_changes_the_model_alone(same):
    body = {"model": "a", "messages": [], "future_field": {"x": 1}, "thinking": {}}

    assert request(same, same, body, "b").body == {**body, "model": "b"}
    assert body["model"] == "a"


def test_messages_of_tools_in_openai_form():
    calls = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Zürich"}},
        {"type": "tool_use", "id": "toolu_2", "name": "time", "input": {}},
    ]
    results = [
        {"type": "text", "text": "Here."},
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "Rain"}, PNG]},
        {"type": "tool_result", "tool_use_id": "toolu_2", "content": "No clock", "is_error": True},
    ]
    messages = [{"role": "assistant", "content": calls}, {"role": "user", "content": results}]

    translated = to_openai({"messages": messages, "system": "Be brief."})

    system, assistant, first, second, user = translated.body["messages"]
    assert system == {"role": "system", "content": "Be brief."}
    assert assistant["content"] == "I look."
    assert [(call["id"], call["function"]) for call in assistant["tool_calls"]] == [
        ("toolu_1", {"name": "weather", "arguments": '{"city":"Zürich"}'}),
        ("toolu_2", {"name": "time", "arguments": "{}"}),
    ]
    assert first == {"role": "tool", "tool_call_id": "toolu_1", "content": "Rain"}
    assert second == {"role": "tool", "tool_call_id": "toolu_2", "content": "No clock"}
    assert user["content"] == [
        {"type": "text", "text": "Here."},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
    ]
    assert translated.warnings == [
        "thinking dropped",
        "images of tool results moved to the user's message",
        "tool_result is_error dropped",
    ]


def test_messages_of_openai_in_anthropic_form():
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "system", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Bern"}'}},
            {"id": "call_2", "type": "function", "function": {"name": "time", "arguments": "not json"}},
        ]},
        {"role": "tool", "tool_call_id": "call_1", "content": "Rain"},
        {"role": "tool", "tool_call_id": "call_2", "content": ""},
        {"role": "user", "content": "Thanks."},
    ]  # fmt: skip

    body = to_anthropic({"messages": messages, "max_tokens": 7}).body

    assert body["system"] == [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}]
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert [block["input"] for block in body["messages"][1]["content"]] == [{"city": "Bern"}, {"arguments": "not json"}]
    assert body["messages"][2]["content"] == [
        {"type": "tool_result", "tool_use_id": "call_1", "content": "Rain"},
        {"type": "tool_result", "tool_use_id": "call_2", "content": ""},
        {"type": "text", "text": "Thanks."},
    ]


def test_functions_of_old_requests_become_tools():
    messages = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": "{}"}},
        {"role": "function", "name": "weather", "content": "Rain"},
    ]

    body = to_anthropic(
        {"messages": messages, "functions": [{"name": "weather"}], "function_call": {"name": "weather"}}
    ).body

    assert body["tools"] == [{"name": "weather", "input_schema": {"type": "object", "properties": {}}}]
    assert body["tool_choice"] == {"type": "tool", "name": "weather"}
    assert body["messages"][1]["content"][0]["id"] == body["messages"][2]["content"][0]["tool_use_id"] == "weather"


DROPPED_FOR_OPENAI = [
    ({"thinking": {"type": "enabled", "budget_tokens": 9}}, "thinking dropped"),
    ({"top_k": 5}, "top_k dropped"),
    ({"future_field": 1}, "future_field dropped"),
    ({"output_config": {"effort": "low"}}, "output_config.effort dropped"),
    ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tool web_search dropped"),
    ({"stop_sequences": list("abcde")}, "stop_sequences cut to 4"),
    ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, "audio block dropped"),
    (
        {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "file"}}]}]},
        "image block dropped",
    ),
    ({"bad\r\nx-evil: 1": 1}, "bad??x-evil: 1 dropped"),
]
DROPPED_FOR_ANTHROPIC = [
    ({"reasoning_effort": "low"}, "reasoning_effort dropped"),
    ({"n": 3}, "n dropped"),
    ({"seed": 1}, "seed dropped"),
    ({"temperature": 1.7}, "temperature cut to 1"),
    ({"stop": [" ", "x"]}, "stop of white space alone dropped"),
    ({"response_format": {"type": "json_object"}}, "response_format json_object dropped"),
    ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "tool of type custom dropped"),
    ({"max_tokens": None}, "max_tokens set to 4096"),
    ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "input_audio part dropped"),
    ({"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]},
     "later system messages moved to the front"),
]  # fmt: skip


def test_what_the_other_format_cannot_say_is_noted():
    for translate, table in ((to_openai, DROPPED_FOR_OPENAI), (to_anthropic, DROPPED_FOR_ANTHROPIC)):
        for change, warning in table:
            assert translate({**ask(), **change}).warnings == [warning]


def test_null_fields_are_as_good_as_none():
    assert to_anthropic({**ask(), "n": None, "tools": None, "stop": None, "response_format": None}).warnings == []


@pytest.mark.parametrize(
    "change",
    [
        {"messages": "hi"},
        {"messages": [1]},
        {"messages": [{"role": "user", "content": 5}]},
        {"messages": [{"role": "user", "content": ["x"]}]},
        {"tools": [1]},
    ],
    ids=repr,
)
def test_what_has_no_meaning_is_refused_by_name(change):
    for translate in (to_openai, to_anthropic):
        with pytest.raises(TranslationError, match=r"^(messages|tools).*: must be a list of objects$"):
            translate({**ask(), **change})


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["text", "tool_use", "image", "function", "user", "tool"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "role", "content", "text", "source", "tool_calls", "function", "image_url", "url", "name"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)
fields = st.sampled_from(
    ["messages", "system", "tools", "tool_choice", "stop", "stop_sequences", "metadata", "temperature"]
)


@given(st.dictionaries(fields, json_values), st.lists(json_values, max_size=2))
def test_no_body_breaks_the_translation(body, messages):
    for translate in (to_openai, to_anthropic):
        for one in (body, {**body, "messages": messages}):
            with contextlib.suppress(TranslationError):
                assert translate(one).body["model"] == "m"
