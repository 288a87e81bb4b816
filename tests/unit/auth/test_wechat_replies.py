"""Replies that WeChat sends, and replies that nobody should send: read with care, never passed on."""

import gzip
import json

import pytest

from backend.modules.auth import wechat_http
from backend.modules.auth.errors import WeChatUnavailableError
from backend.modules.auth.wechat import Identity
from tests.framework.tables import table
from tests.unit.auth.fake_wechat import BASE, OK, SESSION_KEY, error

OPENID = OK["json"]["openid"]


def openid(value):
    return {"json": {"openid": value, "session_key": SESSION_KEY}}


GOOD = {
    "errcode missing": OK,
    **{f"errcode {code!r}": {"json": {**OK["json"], "errcode": code}} for code in (0, None, "0", "")},
    "text/plain": {"text": json.dumps(OK["json"]), "headers": {"Content-Type": "text/plain"}},
    "compressed": {"content": gzip.compress(json.dumps(OK["json"]).encode()), "headers": {"Content-Encoding": "gzip"}},
    "unionid empty": {"json": {**OK["json"], "unionid": ""}},
    "unionid too long": {"json": {**OK["json"], "unionid": "u" * 65}},
    "unionid a number": {"json": {**OK["json"], "unionid": 7}},
}
BAD = {
    "HTML": {"text": "<html><body>502 Bad Gateway</body></html>"},
    "nothing": {"text": ""},
    "half a document": {"text": '{"openid": "oAbc'},
    "not UTF-8": {"content": b'{"openid": "\xff\xfe"}'},
    "too deep": {"text": "[" * 60_000},
    "an array": {"json": [OK["json"]]},
    "null": {"json": None},
    "HTTP 500": {**OK, "status_code": 500},
    "HTTP 404": {**OK, "status_code": 404},
    "oversized": {"json": {**OK["json"], "padding": "x" * wechat_http.MAX_REPLY}},
    "oversized when unpacked": {
        "content": gzip.compress(json.dumps({**OK["json"], "padding": "x" * 10_000_000}).encode()),
        "headers": {"Content-Encoding": "gzip"},
    },
    "broken gzip": {"content": b"not gzip at all", "headers": {"Content-Encoding": "gzip"}},
    "redirect": {"status_code": 302, "headers": {"Location": f"{BASE}/elsewhere"}, **OK},
    "no openid": {"json": {"session_key": SESSION_KEY}},
    **{f"openid {value!r}": openid(value) for value in ("", "o" * 65, 7, "o\0", "o\ud800")},
    "errcode no number": error("ERR_BUSY"),
    "errcode a list": error([40029]),
    "errcode infinite": {"text": '{"errcode": 1e999}'},
    "errcode NaN": {"text": '{"errcode": NaN}'},
    "errcode with 5000 digits": {"text": '{"errcode": "%s"}' % ("9" * 5000)},
}


@pytest.mark.usefixtures("session")
class TestReplies:
    @table("reply", GOOD)
    def test_good_one(self, fake_wechat, reply):
        fake_wechat.login_answers(reply)

        assert fake_wechat.client.identify("a-code") == Identity(OPENID, None)

    def test_unionid_is_kept(self, fake_wechat):
        fake_wechat.login_answers({"json": {**OK["json"], "unionid": "uXyz"}})

        assert fake_wechat.client.identify("a-code") == Identity(OPENID, "uXyz")

    @pytest.mark.parametrize("reply", BAD.values(), ids=BAD)
    def test_bad_one_is_503_and_not_asked_again(self, fake_wechat, reply):
        fake_wechat.login_answers(reply)

        with pytest.raises(WeChatUnavailableError):
            fake_wechat.client.identify("a-code")

        assert [request.path for request in fake_wechat.calls()] == ["/sns/jscode2session"]

    @pytest.mark.parametrize(("sent", "status"), [("40029", 401), (40029.0, 401), ("45011", 429)])
    def test_errcode_as_text_is_read(self, api, fake_wechat, sent, status):
        fake_wechat.login_answers(error(sent))

        response = api.post("/api/v1/auth/wechat/login", json={"code": "a-code"})

        assert response.status_code == status

    def test_request_is_what_the_documentation_says(self, fake_wechat):
        fake_wechat.login_answers(OK)

        fake_wechat.client.identify("A-Code")

        (request,) = fake_wechat.calls()
        assert request.method == "GET"
        assert request.url == (
            f"{BASE}/sns/jscode2session?appid=wx0123456789abcdef&secret=app-s3cr3t-that-nobody-may-read"
            "&js_code=A-Code&grant_type=authorization_code"
        )
