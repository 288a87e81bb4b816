"""WeChat's error codes, row by row: what the client is told, how often WeChat was asked, what the operator reads."""

import pytest

from backend.modules.auth import wechat_http, wechat_replies
from tests.unit.auth.fake_wechat import OK, TOKEN, error

BUSY, INVALID, USED, RATE, BLOCKED = -1, 40029, 40163, 45011, 40226
ANSWERS = {  # errcode: status, header that must be there, part of the message, calls
    INVALID: (401, "WWW-Authenticate", "call wx.login again", 1),
    USED: (401, "WWW-Authenticate", "call wx.login again", 1),
    RATE: (429, "Retry-After", "no more logins", 1),
    BLOCKED: (403, "X-Request-ID", "blocks this account", 1),
    40013: (503, "Retry-After", "does not answer", 1),
    40125: (503, "Retry-After", "does not answer", 1),
    40066: (503, "Retry-After", "does not answer", 1),
    41002: (503, "Retry-After", "does not answer", 1),
    41004: (503, "Retry-After", "does not answer", 1),
    40001: (503, "Retry-After", "does not answer", 1),
    42001: (503, "Retry-After", "does not answer", 1),
    45009: (503, "Retry-After", "does not answer", 1),
    99999: (503, "Retry-After", "does not answer", 1),
    BUSY: (503, "Retry-After", "does not answer", wechat_http.RETRIES.attempts),
}


@pytest.fixture
def login(api):
    return lambda: api.post("/api/v1/auth/wechat/login", json={"code": "a-code"})


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

    @pytest.mark.parametrize("code", wechat_replies.CONFIGURATION)
    def test_mistake_of_ours_is_an_error_in_the_log(self, fake_wechat, login, log_lines, code):
        fake_wechat.login_answers(error(code))

        login()

        assert levels(log_lines, "wechat.configuration") == {"error"}

    @pytest.mark.parametrize("code", [INVALID, USED, RATE, BLOCKED])
    def test_mistake_of_the_client_is_no_error_in_the_log(self, fake_wechat, login, log_lines, code):
        fake_wechat.login_answers(error(code))

        login()

        assert levels(log_lines, "wechat.refused") == {"warning"}
        assert "error" not in {line["log_level"] for line in log_lines}


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

    def test_then_a_final_error_is_final(self, fake_wechat, login):
        fake_wechat.login_answers(error(BUSY), error(INVALID))

        response = login()

        assert response.status_code == 401
        assert len(fake_wechat.calls()) == 2

    def test_as_text_is_busy_too(self, fake_wechat, login):
        fake_wechat.login_answers(error("-1"), OK)

        assert login().status_code == 200


class TestPhoneErrors:
    @pytest.mark.parametrize(
        ("code", "status"), [(INVALID, 401), (USED, 401), (RATE, 429), (BLOCKED, 403), (BUSY, 503)]
    )
    def test_row(self, api, fake_wechat, code, status):
        fake_wechat.token_answers(TOKEN)
        fake_wechat.phone_answers(error(code))

        response = api.post("/api/v1/auth/wechat/phone", json={"code": "p"}, by=api.login())

        assert response.status_code == status
