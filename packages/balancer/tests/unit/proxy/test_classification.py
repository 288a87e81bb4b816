"""Whose fault a failure is, what it counts, and what may be tried next: one table."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from balancer.proxy.classification import Kind, in_band, is_error_shaped, matches_body, of_fault, of_status, retry_after
from balancer.proxy.config import ProviderSettings, Settings
from balancer.wire import json_text
from balancer.wire.errors import anthropic_error, openai_error

SETTINGS = Settings()
PROVIDER = ProviderSettings(name="p", type="anthropic", base_url="http://x", auth_value="sk-test")
PASSES = PROVIDER.model_copy(update={"auth_type": "passthrough"})


def failure(status, body=None, headers=None, provider=PROVIDER, settings=SETTINGS):
    raw = json_text.encode(body) if body is not None else b""
    return of_status(status, headers or {}, raw, body, provider=provider, settings=settings)


BY_STATUS = {  # kind, counts, once more at the same provider
    400: (Kind.CALLER, False, False),
    401: (Kind.CREDENTIAL, True, False),
    402: (Kind.CREDENTIAL, True, False),
    403: (Kind.CREDENTIAL, True, False),
    404: (Kind.CREDENTIAL, True, False),
    405: (Kind.CALLER, False, False),
    408: (Kind.TRANSIENT, True, False),
    409: (Kind.TRANSIENT, False, False),
    413: (Kind.CALLER, False, False),
    418: (Kind.CALLER, False, False),
    422: (Kind.CALLER, False, False),
    429: (Kind.THROTTLE, True, False),
    500: (Kind.TRANSIENT, True, True),
    501: (Kind.TRANSIENT, False, False),
    502: (Kind.TRANSIENT, True, False),
    503: (Kind.TRANSIENT, True, False),
    504: (Kind.TRANSIENT, True, False),
    524: (Kind.TRANSIENT, True, False),
    529: (Kind.THROTTLE, True, False),
    302: (Kind.TRANSIENT, False, False),
}


def test_every_status_has_its_kind():
    found = {status: failure(status) for status in BY_STATUS}
    assert {status: (one.kind, one.counts, one.retry_same) for status, one in found.items()} == BY_STATUS


BY_BODY = [
    (429, openai_error(429, "x", kind="insufficient_quota", code="insufficient_quota"), Kind.CREDENTIAL),
    (400, anthropic_error(400, "Your credit balance is too low to access the API"), Kind.CREDENTIAL),
    (400, openai_error(400, "x", code="context_length_exceeded"), Kind.CALLER),
    (500, openai_error(500, "x", code="content_filter"), Kind.CALLER),
    (400, {"error": {"code": ["odd"], "type": {}, "message": 7}}, Kind.CALLER),
    (400, {"error": "plain text"}, Kind.CALLER),
    (500, ["no object"], Kind.TRANSIENT),
]


@pytest.mark.parametrize(("status", "body", "kind"), BY_BODY)
def test_an_error_s_code_says_more_than_its_status(status, body, kind):
    assert failure(status, body).kind is kind


def test_an_error_body_of_the_caller_s_fault_matches_no_default_pattern():
    assert not failure(400, anthropic_error(400, "max_tokens: too many")).counts


def test_a_pattern_of_the_operator_s_own_makes_a_400_the_provider_s():
    settings = Settings(unhealthy_response_body_patterns=["out of tokens"])
    found = failure(400, anthropic_error(400, "This workspace is out of tokens"), settings=settings)
    assert (found.kind, found.counts) == (Kind.CREDENTIAL, True)


def test_with_the_caller_s_own_credential_a_401_is_the_caller_s():
    assert failure(401, provider=PASSES).kind is Kind.CALLER
    assert failure(402, provider=PASSES).kind is Kind.CREDENTIAL


def test_a_503_with_a_wait_throttles():
    found = failure(503, headers={"retry-after": "7"})
    assert (found.kind, found.retry_after) == (Kind.THROTTLE, 7.0)


WAITS = [
    ({}, None),
    ({"retry-after": "3"}, 3.0),
    ({"retry-after": " 0 "}, 0.0),
    ({"retry-after": "1.5"}, 1.5),
    ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
    ({"retry-after": "-1"}, None),
    ({"retry-after": "soon"}, None),
    ({"retry-after": "inf"}, None),
    ({"retry-after": "1e9"}, None),
    ({"retry-after": "999999999"}, 86_400.0),
    ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
]


@pytest.mark.parametrize(("headers", "seconds"), WAITS)
def test_retry_after(headers, seconds):
    assert retry_after(headers) == seconds


def test_retry_after_as_a_date():
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 95 < retry_after({"retry-after": later}) <= 100


def test_an_error_inside_a_stream_has_the_status_of_its_type():
    found = in_band({"type": "overloaded_error", "message": "x"}, PROVIDER, SETTINGS)
    assert (found.kind, found.status, found.reason, found.counts) == (Kind.THROTTLE, 529, "in_band_529", True)
    caller = in_band({"type": "invalid_request_error", "message": "x"}, PROVIDER, SETTINGS)
    assert (caller.kind, caller.counts) == (Kind.CALLER, False)


def test_a_network_fault_counts_only_if_a_pattern_names_it():
    settings = Settings(unhealthy_exception_patterns=["timeout"])
    assert of_fault("timeout_idle", settings, network=True).counts
    assert not of_fault("connection_reset", settings, network=True).counts
    assert of_fault("answer_not_json", settings).counts


SHAPES = [
    ({"type": "error", "error": {"type": "x"}}, True),
    ({"error": "insufficient credits"}, True),
    ({"error": None, "choices": [{}]}, False),
    ({"error": {"message": "x"}, "choices": [{}]}, False),
    ({"content": [{"type": "text", "text": '{"type":"error","error":{}}'}]}, False),
    ([], False),
    (None, False),
]


@pytest.mark.parametrize(("body", "shaped"), SHAPES)
def test_only_a_body_that_is_an_error_is_looked_at(body, shaped):
    assert is_error_shaped(body) is shaped


def test_patterns_read_the_first_64_kilobytes():
    assert matches_body(b'{"type":"error"}', SETTINGS)
    assert not matches_body(b" " * 65_536 + b'{"type":"error"}', SETTINGS)
