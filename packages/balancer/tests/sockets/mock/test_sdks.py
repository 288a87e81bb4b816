"""The official SDKs cannot tell the mock providers from the vendors."""

import anthropic
import openai
import pytest

from tests.sockets.mock.support import Space

TALK = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def claude(space: Space):
    def client(**fields) -> anthropic.Anthropic:
        return anthropic.Anthropic(base_url=space.set({"name": "p", **fields})["p"], api_key="sk-test-1", max_retries=0)

    return client


@pytest.fixture
def gpt(space: Space):
    def client(**fields) -> openai.OpenAI:
        url = space.set({"name": "p", "provider_type": "openai", **fields})["p"]
        return openai.OpenAI(base_url=f"{url}/v1", api_key="sk-test-1", max_retries=0)

    return client


ANTHROPIC_ERRORS = [
    ("bad_request", anthropic.BadRequestError),
    ("auth_error", anthropic.AuthenticationError),
    ("permission_error", anthropic.PermissionDeniedError),
    ("not_found", anthropic.NotFoundError),
    ("rate_limit", anthropic.RateLimitError),
    ("internal_server_error", anthropic.InternalServerError),
    ("overloaded", anthropic.APIStatusError),
    ("insufficient_credits", anthropic.APIStatusError),
    ("connection_error", anthropic.APIConnectionError),
    ("ssl_error", anthropic.APIConnectionError),
]


@pytest.mark.parametrize(("behavior", "error"), ANTHROPIC_ERRORS)
def test_errors_are_those_of_the_anthropic_sdk(claude, behavior, error):
    with claude(behavior=behavior) as client, pytest.raises(error):
        client.messages.create(max_tokens=9, **TALK)


OPENAI_ERRORS = [
    ("bad_request", openai.BadRequestError),
    ("auth_error", openai.AuthenticationError),
    ("permission_error", openai.PermissionDeniedError),
    ("not_found", openai.NotFoundError),
    ("rate_limit", openai.RateLimitError),
    ("internal_server_error", openai.InternalServerError),
    ("connection_error", openai.APIConnectionError),
    ("ssl_error", openai.APIConnectionError),
]


@pytest.mark.parametrize(("behavior", "error"), OPENAI_ERRORS)
def test_errors_are_those_of_the_openai_sdk(gpt, behavior, error):
    with gpt(behavior=behavior) as client, pytest.raises(error):
        client.chat.completions.create(**TALK)


@pytest.mark.parametrize("exception", [anthropic.APITimeoutError])
def test_silence_is_the_sdks_timeout(claude, exception):
    with claude(behavior="timeout") as client, pytest.raises(exception):
        client.messages.create(max_tokens=9, timeout=0.3, **TALK)


def test_anthropic_streams_whole(claude):
    text = {"content": "Hello there, you"}
    with claude(response_data=text) as client, client.messages.stream(max_tokens=9, **TALK) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()

    assert "".join(pieces) == "Hello there, you"
    assert len(pieces) == 3
    assert (final.stop_reason, final.usage.output_tokens > 1) == ("end_turn", True)


def test_anthropic_streams_tools_and_thinking(claude):
    tools = [{"name": "weather", "arguments": {"city": "Oslo", "days": [1, 2]}}]
    blocks = [{"type": "thinking", "thinking": "let me see", "signature": "abc"}]
    with claude(tool_calls=tools, blocks=blocks) as client, client.messages.stream(max_tokens=9, **TALK) as stream:
        final = stream.get_final_message()

    assert [one.type for one in final.content] == ["thinking", "tool_use"]
    assert final.content[1].input == {"city": "Oslo", "days": [1, 2]}
    assert final.stop_reason == "tool_use"


def test_openai_streams_whole(gpt):
    with gpt(response_data={"content": "Hello there"}) as client:
        chunks = list(client.chat.completions.create(stream=True, stream_options={"include_usage": True}, **TALK))

    assert "".join(one.choices[0].delta.content or "" for one in chunks if one.choices) == "Hello there"
    assert chunks[-1].usage.completion_tokens > 0
    assert chunks[-2].choices[0].finish_reason == "stop"


def test_the_other_endpoints(gpt, claude):
    with gpt(response_data={"content": "Hello"}) as client:
        assert client.responses.create(model="m", input="hi").output_text == "Hello"
        events = list(client.responses.create(model="m", input="hi", stream=True))
        assert events[-1].response.output_text == "Hello"
        numbers = client.embeddings.create(model="m", input=["a", "b"], encoding_format="float")
        packed = client.embeddings.create(model="m", input=["a", "b"])
        assert [one.embedding for one in packed.data] == [
            pytest.approx(one.embedding, abs=1e-6) for one in numbers.data
        ]
        assert [one.id for one in client.models.list()]
    with claude() as client:
        assert client.messages.count_tokens(**TALK).input_tokens > 0
        assert [one.id for one in client.models.list()]


def test_an_error_within_a_stream_of_responses_is_the_sdks(gpt):
    with gpt(behavior="stream_error_event", error_message="too much to do") as client:
        stream = client.responses.create(model="m", input="hi", stream=True)
        last = list(stream)[-1]

    assert (type(last).__name__, last.type, last.message) == ("ResponseErrorEvent", "error", "too much to do")
