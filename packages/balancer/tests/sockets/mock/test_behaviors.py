"""Each behaviour on the wire, for both vendors, as a stream and not."""

import json
import ssl
import urllib.request
from urllib.parse import urlsplit

import pytest

from balancer.mock.behaviors import ProviderBehavior
from tests.sockets.mock.support import PATHS, TALK, ask, raw, settled

VENDORS = ["anthropic", "openai"]
STREAM = TALK | {"stream": True}

# behaviour: fields; status; Anthropic's type; OpenAI's type and code
HTTP_ERRORS = [
    ("error", {}, 500, "api_error", ("server_error", None)),
    ("error", {"error_http_code": 418}, 418, "invalid_request_error", ("invalid_request_error", None)),
    ("rate_limit", {}, 429, "rate_limit_error", ("rate_limit_exceeded", "rate_limit_exceeded")),
    ("internal_server_error", {}, 500, "api_error", ("server_error", None)),
    ("bad_gateway", {"body": "json"}, 502, "api_error", ("server_error", "bad_gateway")),
    ("service_unavailable", {}, 503, "overloaded_error", ("server_error", "overloaded")),
    ("insufficient_credits", {}, 402, "billing_error", ("insufficient_quota", "insufficient_quota")),
    ("insufficient_credits", {"error_http_code": 429}, 429, "rate_limit_error", ("insufficient_quota", "insufficient_quota")),
    ("overloaded", {}, 529, "overloaded_error", ("server_error", "overloaded")),
    ("bad_request", {}, 400, "invalid_request_error", ("invalid_request_error", None)),
    ("auth_error", {}, 401, "authentication_error", ("invalid_request_error", "invalid_api_key")),
    ("permission_error", {}, 403, "permission_error", ("invalid_request_error", "permission_denied")),
    ("not_found", {}, 404, "not_found_error", ("invalid_request_error", "model_not_found")),
    ("context_length", {}, 400, "invalid_request_error", ("invalid_request_error", "context_length_exceeded")),
    ("content_filter", {}, 400, "invalid_request_error", ("invalid_request_error", "content_filter")),
    ("flapping", {}, 503, "overloaded_error", ("server_error", "overloaded")),
]  # fmt: skip


@pytest.mark.parametrize("body", [TALK, STREAM], ids=["whole", "stream"])
@pytest.mark.parametrize(("behavior", "fields", "status", "kind", "openai"), HTTP_ERRORS, ids=lambda one: str(one)[:30])
def test_http_errors_have_the_vendors_shape(space, behavior, fields, status, kind, openai, body):
    for vendor in VENDORS:
        answer = ask(space.one(vendor, behavior=behavior, error_message="this went wrong", **fields), body)

        assert (answer.status, answer.end) == (status, "whole")
        assert answer.headers["content-type"] == "application/json"
        error = answer.json["error"]
        assert error["message"] == "this went wrong"
        if vendor == "anthropic":
            assert (answer.json["type"], error["type"]) == ("error", kind)
            assert answer.headers["request-id"].startswith("req_")
        else:
            assert (error["type"], error["code"], error["param"]) == (*openai, None)
            assert "type" not in answer.json


def test_bad_gateway_is_what_a_proxy_sends(space):
    answer = ask(space.one(behavior="bad_gateway"))

    assert (answer.status, answer.headers["content-type"]) == (502, "text/html")
    assert answer.body == b"<h1>502 Bad Gateway</h1>"


@pytest.mark.parametrize(
    ("given", "seconds", "milliseconds"), [(None, "1", None), (7, "7", None), (0.25, "1", "250"), (0, "0", None)]
)
def test_rate_limit_says_how_long_to_wait(space, given, seconds, milliseconds):
    answer = ask(space.one(behavior="rate_limit", retry_after=given))

    assert answer.headers["retry-after"] == seconds
    assert answer.headers.get("retry-after-ms") == milliseconds
    assert answer.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert ask(space.one("openai", behavior="rate_limit")).headers["x-ratelimit-remaining-requests"] == "0"


@pytest.mark.parametrize("status", [200, 402])
def test_credits_may_end_in_a_plain_text(space, status):
    answer = ask(space.one(behavior="insufficient_credits", body_style="string", error_http_code=status))

    assert (answer.status, answer.json) == (status, {"error": "insufficient credits"})


@pytest.mark.parametrize("behavior", ["success", "streaming_success", "stream_no_done", "duplicate_cache"])
def test_success_is_whole(space, behavior):
    answer = ask(space.one(behavior=behavior, response_data={"content": "Hello there"}))
    assert answer.json["content"] == [{"type": "text", "text": "Hello there"}]
    assert answer.json["stop_reason"] == "end_turn"

    answer = ask(space.one("openai", behavior=behavior, response_data={"content": "Hello there"}))
    assert answer.json["choices"][0]["message"]["content"] == "Hello there"
    assert answer.json["usage"]["total_tokens"] > 0


def test_an_anthropic_stream_is_complete(space):
    answer = ask(space.one(behavior="streaming_success", response_data={"content": "Hello there"}), STREAM)

    names = [name for name, _ in answer.events]
    assert names[:3] == ["message_start", "ping", "content_block_start"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert all(json.loads(data)["type"] == name for name, data in answer.events)
    assert json.loads(answer.events[-2][1])["usage"]["output_tokens"] > 0
    assert answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("usage", [False, True])
def test_an_openai_stream_is_complete(space, usage):
    body = STREAM | ({"stream_options": {"include_usage": True}} if usage else {})
    answer = ask(space.one("openai", behavior="streaming_success"), body)

    assert {name for name, _ in answer.events} == {""}
    assert answer.events[-1][1] == "[DONE]"
    chunks = [json.loads(data) for _, data in answer.events[:-1]]
    assert bool(chunks[-1].get("usage")) is usage
    assert chunks[-1 - usage]["choices"][0]["finish_reason"] == "stop"


def test_a_forced_stream_comes_unasked(space):
    assert ask(space.one(behavior="streaming_success", force_stream=True)).events[0][0] == "message_start"
    assert ask(space.one(behavior="success", force_stream=True)).json["type"] == "message"


CONNECTIONS = [
    ({}, (None, b"", "reset")),
    ({"connection_phase": "fin"}, (None, b"", "closed")),
]


@pytest.mark.parametrize("body", [TALK, STREAM], ids=["whole", "stream"])
@pytest.mark.parametrize(("fields", "seen"), CONNECTIONS, ids=str)
def test_connection_error_is_one(space, fields, seen, body):
    for vendor in VENDORS:
        answer = ask(space.one(vendor, behavior="connection_error", **fields), body)

        assert (answer.status, answer.body, answer.end) == seen


def test_connection_error_in_the_middle_of_the_body(space):
    url = space.one(behavior="connection_error", connection_phase="mid_body")

    whole, stream = ask(url), ask(url, STREAM)

    assert (whole.status, whole.end) == (200, "cut")
    assert len(whole.body) == int(whole.headers["content-length"]) // 2
    assert (stream.status, stream.end) == (200, "cut")
    assert sum(name == "content_block_delta" for name, _ in stream.events) == 2


def test_connection_refused(space):
    url = space.one(behavior="connection_error", connection_phase="refuse")

    with pytest.raises(ConnectionRefusedError):
        ask(url)


def test_half_a_head_is_half_a_head(space):
    url = space.one(behavior="connection_error", connection_phase="mid_headers")
    request = f"POST {urlsplit(url).path} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{{}}"

    assert raw(url, request.encode()) == b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-le"


TLS = [
    ("handshake", "HANDSHAKE_FAILURE"),
    ("untrusted", "self-signed certificate|unable to get local issuer"),
    ("expired", "certificate has expired"),
    ("hostname", "not valid for"),
]


@pytest.mark.parametrize(("fault", "message"), TLS)
def test_ssl_error_is_a_handshake_that_fails(space, fault, message):
    url = space.one(behavior="ssl_error", ssl_fault=fault)
    authority = ask(f"{space.url}/mock-ca.pem", None, method="GET").body.decode()
    context = ssl.create_default_context(cadata=authority)

    with pytest.raises(urllib.error.URLError, match=message) as caught:
        urllib.request.urlopen(url, b"{}", timeout=5, context=context)

    assert isinstance(caught.value.reason, ssl.SSLError)
    assert [(one["provider"], one["outcome"], one["method"]) for one in space.journal()] == [("p", "broken", "TLS")]


def test_who_accepts_a_bad_certificate_gets_the_answer(space):
    url = space.one(behavior="ssl_error", ssl_fault="expired")
    context = ssl._create_unverified_context()

    with urllib.request.urlopen(
        urllib.request.Request(url, json.dumps(TALK).encode()), timeout=5, context=context
    ) as answer:
        assert json.load(answer)["type"] == "message"


def test_tls_to_the_main_port_fails_too(space):
    with pytest.raises(urllib.error.URLError, match="HANDSHAKE_FAILURE"):
        urllib.request.urlopen(space.url.replace("http:", "https:") + "/health", timeout=5)


def test_plain_http_to_a_provider_of_tls(space):
    space.one(behavior="ssl_error")
    answer = ask(f"{space.base}/mock-provider/p/v1/messages")

    assert answer.status == 400
    assert b"plain HTTP request was sent to HTTPS port" in answer.body


@pytest.mark.parametrize("phase", ["headers", "first_event", "mid"])
@pytest.mark.parametrize("body", [TALK, STREAM], ids=["whole", "stream"])
def test_timeout_is_silence(space, phase, body):
    """The client leaves, and the journal knows."""
    url = space.one(behavior="timeout", timeout_phase=phase)

    with pytest.raises(TimeoutError):
        ask(url, body, timeout=0.3)

    assert settled(lambda: space.journal()[0]["outcome"] == "client_gone")
    assert space.journal()[0]["status"] == (None if phase == "headers" else 200)


@pytest.mark.parametrize("phase", ["headers", "first_event", "mid"])
def test_timeout_ends_without_an_answer_of_its_own(space, phase):
    answer = ask(space.one(behavior="timeout", timeout_phase=phase, timeout_ms=50), STREAM)

    assert answer.end in {"closed", "cut"}
    assert answer.status in {None, 200}


# behaviour: how a stream ends, how a whole answer ends
BROKEN = {
    "stream_cut": ("cut", "cut"),
    "stream_truncated": ("whole", "whole"),
    "stream_error_event": ("whole", "whole"),
    "stream_malformed": ("whole", "whole"),
    "empty_stream": ("whole", "whole"),
    "truncated_body": ("cut", "cut"),
}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("after", [0, 1, 100])
@pytest.mark.parametrize("behavior", BROKEN)
def test_streams_break_where_they_should(space, vendor, behavior, after):
    fields = {"response_data": {"content": "one two three"}, "fault_after_chunks": after}
    good = ask(space.one(vendor, **fields), STREAM)
    answer = ask(space.one(vendor, behavior=behavior, **fields), STREAM)

    assert (answer.status, answer.end) == (200, BROKEN[behavior][0])
    assert answer.body != good.body
    ends = ("[DONE]", "message_stop")
    terminal = [name in ends or data in ends for name, data in answer.events]
    assert any(terminal) is (behavior == "stream_malformed")
    if behavior not in {"truncated_body", "empty_stream", "stream_malformed"}:
        assert pieces(answer) == ["one", " two", " three"][:after]
    assert space.journal()[-1]["outcome"] == "broken"


def pieces(answer) -> list[str]:
    """The text of a stream."""
    found = []
    for name, data in answer.events:
        if name == "content_block_delta":
            found.append(json.loads(data)["delta"]["text"])
        elif name == "" and data != "[DONE]" and json.loads(data).get("choices"):
            found.append(json.loads(data)["choices"][0]["delta"].get("content"))
    return [one for one in found if one]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("behavior", BROKEN)
def test_whole_answers_break_too(space, vendor, behavior):
    answer = ask(space.one(vendor, behavior=behavior))

    assert (answer.status, answer.end) == (200, BROKEN[behavior][1])
    if behavior == "stream_error_event":
        assert "error" in answer.json
    else:
        with pytest.raises(json.JSONDecodeError):
            json.loads(answer.body)


def test_a_stream_may_end_with_rst(space):
    assert ask(space.one(behavior="stream_cut", cut="reset"), STREAM).end == "reset"


@pytest.mark.parametrize(("vendor", "last"), [("anthropic", "message_delta"), ("openai", "stop")])
def test_no_done_is_whole_but_for_its_last_event(space, vendor, last):
    answer = ask(space.one(vendor, behavior="stream_no_done"), STREAM)

    assert last in "".join(answer.events[-1])
    assert "[DONE]" not in answer.body.decode()
    assert "message_stop" not in answer.body.decode()


@pytest.mark.parametrize("behavior", ["stream_stall", "slow_first_token"])
def test_streams_fall_silent(space, behavior):
    url = space.one(behavior=behavior, stall_ms=5000, ttft_ms=5000)

    with pytest.raises(TimeoutError):
        ask(url, STREAM, timeout=0.3)
    with pytest.raises(TimeoutError):
        ask(url, TALK, timeout=0.3)
    assert settled(lambda: {one["outcome"] for one in space.journal()} == {"client_gone"})


def test_a_slow_first_token_comes_all_the_same(space):
    for body in (STREAM, TALK):
        answer = ask(space.one(behavior="slow_first_token", ttft_ms=120), body)
        assert answer.end == "whole"
        assert space.journal()[-1]["seconds"] > 0.1


def test_not_json(space):
    for body in (TALK, STREAM):
        answer = ask(space.one(behavior="not_json"), body)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
        assert answer.body.startswith(b"<!DOCTYPE html>")


def test_duplicate_cache_is_the_same_for_the_same(space):
    url = space.one(behavior="duplicate_cache")

    first, again = ask(url), ask(url, TALK | {"max_tokens": 7})
    other = ask(url, TALK | {"temperature": 1})
    stream = ask(url, STREAM)

    assert first.json == again.json
    assert (first.headers["x-mock-hit"], again.headers["x-mock-hit"]) == ("1", "2")
    assert first.headers["x-mock-cache-key"] == stream.headers["x-mock-cache-key"] != other.headers["x-mock-cache-key"]
    assert first.json["id"] == json.loads(stream.events[0][1])["message"]["id"]
    assert first.json["id"] == "msg_" + first.headers["x-mock-cache-key"][:24]
    assert "".join(pieces(stream)) == first.json["content"][0]["text"] != other.json["content"][0]["text"]


def test_quota_lets_in_what_fits_and_says_when_the_rest_will(space):
    url = space.one(behavior="quota", rpm=2)

    answers = [ask(url) for _ in range(3)]
    space.control("POST", "/mock-advance", {"seconds": 61})
    later = ask(url)

    assert [one.status for one in [*answers, later]] == [200, 200, 429, 200]
    assert 55 <= int(answers[2].headers["retry-after"]) <= 60


def test_flapping_comes_back(space):
    url = space.one(behavior="flapping", down_s=20)

    statuses = []
    for _ in range(3):
        statuses.append(ask(url).status)
        space.control("POST", "/mock-advance", {"seconds": 20})

    assert statuses == [503, 200, 503]


@pytest.mark.parametrize("behavior", list(ProviderBehavior))
@pytest.mark.parametrize("path", ["/v1/messages/count_tokens", "/v1/embeddings", "/v1/responses", "/v1/models"])
def test_no_behaviour_is_an_error_of_the_server_at_the_other_endpoints(space, behavior, path):
    vendor = "anthropic" if "messages" in path else "openai"
    fields = {"ttft_ms": 1, "stall_ms": 1, "timeout_ms": 1, "error_http_code": 418}
    space.one(vendor, behavior=behavior, **fields)
    body = {"model": "m", "input": "hi", "stream": True, "messages": []}

    answer = ask(f"{space.base}/mock-provider/p{path}", body, method="GET" if path.endswith("models") else "POST")

    assert answer.status in {None, 200, 400, 418}
    assert b"mdt could not" not in answer.body
    assert set(PATHS) == set(VENDORS)
