"""WeChat's error codes, row by row: what the client is told, how often WeChat was asked, what the operator reads."""

import pytest

from backend.modules.auth import wechat_http, wechat_replies
from tests.unit.auth.fake_wechat import OK, TOKEN, error

BUSY, INVALID, USED, RATE, BLOCKED = -1, 40029, 40163, 45011, 40226
OTHERS = (40013, 40125, 40066, 41002, 41004, 40001, 40014, 42001, 45009, 99999)
ANSWERS = {  # errcode: status, header that must be there, part of the message, calls
    INVALID: (401, "WWW-Authenticate", "call wx.login again", 1),
    USED: (401, "WWW-Authenticate", "call wx.login again", 1),
    RATE: (429, "Retry-After", "no more logins", 1),
    BLOCKED: (403, "X-Request-ID", "blocks this account", 1),
    **dict.fromkeys(OTHERS, (503, "Retry-After", "does not answer", 1)),
    BUSY: (503, "Retry-After", "does not answer", wechat_http.RETRIES.attempts),
}


def levels(lines, event):
    return {line["log_level"] for line in lines if line["event"] == event}


class TestErrorCodes:
    @pytest.mark.parametrize("code", ANSWERS)
    def test_row(self, fake_wechat, login, code):
        fake_wechat.login_answers(error(code))
        status, header, part, calls = ANSWERS[code]

        response = login()

        assert response.status_code == status
        assert header in response.headers
        assert part in response.json["msg"]
        assert "as WeChat words it" not in response.text
        assert len(fake_wechat.calls()) == calls

    def test_every_code_of_the_source_has_its_row_here(self):
        known = {*wechat_replies.ERRORS, *wechat_replies.CONFIGURATION, wechat_replies.BUSY}

        assert known <= set(ANSWERS)

    @pytest.mark.parametrize(
        ("code", "event", "level"),
        [
            *((code, "wechat.configuration", "error") for code in wechat_replies.CONFIGURATION),
            *((code, "wechat.refused", "warning") for code in (INVALID, USED, RATE, BLOCKED)),
        ],
    )
    def test_mistake_of_ours_is_an_error_in_the_log_and_the_clients_is_none(
        self, fake_wechat, login, log_lines, code, event, level
    ):
        fake_wechat.login_answers(error(code))

        login()

        assert levels(log_lines, event) == {level}
        assert ("error" in {line["log_level"] for line in log_lines}) is (level == "error")


class TestBusy:
    def test_is_asked_again_until_it_answers(self, fake_wechat, login, fake_time):
        fake_wechat.login_answers(error(BUSY), error(BUSY), OK)

        response = login()

        assert response.status_code == 200
        assert len(fake_wechat.calls()) == 3
        assert len(fake_time.slept) == 2

    def test_pauses_grow(self, fake_wechat, login, fake_time, monkeypatch):
        monkeypatch.setattr("random.uniform", lambda low, high: 1)
        fake_wechat.login_answers(error(BUSY))

        login()

        assert fake_time.slept == [0.2, 0.4]

    @pytest.mark.parametrize(("first", "second", "status"), [(BUSY, error(INVALID), 401), ("-1", OK, 200)])
    def test_as_number_or_text_is_asked_again_and_a_final_error_is_final(
        self, fake_wechat, login, first, second, status
    ):
        fake_wechat.login_answers(error(first), second)

        response = login()

        assert response.status_code == status
        assert len(fake_wechat.calls()) == 2


class TestPhoneErrors:
    @pytest.mark.parametrize(
        ("code", "status"), [(INVALID, 401), (USED, 401), (RATE, 429), (BLOCKED, 403), (BUSY, 503)]
    )
    def test_row(self, api, fake_wechat, code, status):
        fake_wechat.token_answers(TOKEN)
        fake_wechat.phone_answers(error(code))

        response = api.post("/api/v1/auth/wechat/phone", json={"code": "p"}, by=api.login())

        assert response.status_code == status
