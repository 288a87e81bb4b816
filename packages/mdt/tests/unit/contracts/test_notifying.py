"""What each kind of webhook is sent, its signature, and why some are not sent at all."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import pytest

from mdt.contracts.notifying import FORMS, LIMIT, Notice, shortened, tell, variable_of
from mdt.contracts.owners import KINDS, Party, Target

NOTICE = Notice("inventory 2.0.0", "**inventory** 2.0.0 会影响 3 个测试", {"service": "inventory", "tests": ["a"]})
NOW = 1_599_360_473.0


def formed(kind: str, secret: str = "") -> tuple[str, dict]:
    return FORMS[kind](NOTICE, Target(kind, "https://example.com/hook?key=1", secret), NOW)


def test_there_is_a_form_for_each_kind() -> None:
    assert set(FORMS) == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("json", {"service": "inventory", "tests": ["a"]}),
        ("wecom", {"msgtype": "markdown", "markdown": {"content": NOTICE.markdown}}),
        ("dingtalk", {"msgtype": "markdown", "markdown": {"title": NOTICE.title, "text": NOTICE.markdown}}),
        ("feishu", {"msg_type": "text", "content": {"text": NOTICE.markdown}}),
        ("slack", {"text": "*inventory* 2.0.0 会影响 3 个测试"}),
    ],
)
def test_bodies(kind: str, body: dict) -> None:
    assert formed(kind) == ("https://example.com/hook?key=1", body)


def test_dingtalk_signs_in_the_query_with_milliseconds() -> None:
    url, _body = formed("dingtalk", "SEC1")

    query = parse_qs(urlsplit(url).query)
    assert query["timestamp"] == ["1599360473000"]
    wanted = hmac.new(b"SEC1", b"1599360473000\nSEC1", hashlib.sha256).digest()
    assert query["sign"] == [base64.b64encode(wanted).decode()]
    assert query["key"] == ["1"]


def test_feishu_signs_in_the_body_with_seconds_and_the_text_as_the_key() -> None:
    url, body = formed("feishu", "SEC1")

    wanted = hmac.new(b"1599360473\nSEC1", b"", hashlib.sha256).digest()
    assert (url, body["timestamp"], body["sign"]) == (
        "https://example.com/hook?key=1",
        "1599360473",
        base64.b64encode(wanted).decode(),
    )


def test_a_long_message_is_cut_between_lines_and_within_the_limit() -> None:
    text = "\n".join(f"第 {number} 行" for number in range(1_000))

    cut = shortened(text)

    assert len(cut.encode()) <= LIMIT
    assert cut.endswith("行\n…")
    assert shortened("short") == "short"


@pytest.mark.parametrize(
    ("url", "env", "problem"),
    [
        ("", {}, "there is no URL: set MDT_NOTIFY_ORDER_SERVICE, or `notify` in owners.yaml"),
        ("http://example.com/", {}, "the URL begins with https://"),
        ("ftp://localhost/", {}, "the URL begins with https://"),
        ("file:///etc/passwd", {}, "the URL begins with https://"),
        ("${HOOK}", {}, "the environment has no HOOK"),
        ("${HOOK}", {"HOOK": "http://10.0.0.1/"}, "the URL begins with https://"),
    ],
)
def test_what_is_not_sent(url: str, env: dict[str, str], problem: str) -> None:
    told = tell(Party("order-service", "consumer", Target("json", url)), NOTICE, env, NOW)

    assert not told.ok
    assert problem in str(told.problem)


def test_the_variable_of_a_party() -> None:
    assert variable_of("order-service") == "MDT_NOTIFY_ORDER_SERVICE"
