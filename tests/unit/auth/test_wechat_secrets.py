"""The app secret and the session key: in no answer, no log line and no column, whatever goes wrong."""

import logging

import pytest
import requests

from backend.core.db import db
from backend.core.observability.logging import mask_event
from tests.unit.auth.fake_wechat import APP_SECRET, BASE, OK, SESSION_KEY, TOKEN, error, phone

URL_WITH_SECRET = f"{BASE}/sns/jscode2session?appid=wx&secret={APP_SECRET}&js_code=a-code"
LEAKY = {
    "read timeout": requests.ReadTimeout(URL_WITH_SECRET),
    "connect timeout": requests.ConnectTimeout(URL_WITH_SECRET),
    "invalid URL": requests.exceptions.InvalidURL(URL_WITH_SECRET),
    "broken connection": requests.ConnectionError(URL_WITH_SECRET),
}


def everything_stored(app):
    with app.app_context():
        tables = db.metadata.sorted_tables
        return str([db.session.execute(db.select(table)).all() for table in tables])


class TestSessionKey:
    def test_is_in_neither_answer_nor_log_nor_database(self, app, fake_wechat, login, log_lines, caplog):
        caplog.set_level(logging.DEBUG)
        fake_wechat.login_answers(OK)

        response = login()

        assert response.status_code == 200
        assert OK["json"]["openid"] in everything_stored(app)
        for place in (response.text, str(response.headers), str(log_lines), caplog.text, everything_stored(app)):
            assert SESSION_KEY not in place

    def test_is_not_logged_with_a_reply_that_makes_no_sense(self, fake_wechat, login, log_lines):
        fake_wechat.login_answers({"json": {"session_key": SESSION_KEY}})

        response = login()

        assert response.status_code == 503
        assert log_lines
        assert SESSION_KEY not in str(log_lines) + response.text


class TestAppSecret:
    @pytest.mark.parametrize("failure", LEAKY.values(), ids=LEAKY)
    def test_is_not_in_the_log_of_a_failed_call(self, fake_wechat, login, log_lines, caplog, failure):
        caplog.set_level(logging.DEBUG)
        fake_wechat.login_answers({"exc": failure})

        response = login()

        assert response.status_code == 503
        assert "wechat.call_failed" in {line["event"] for line in log_lines}
        for place in (response.text, str(log_lines), caplog.text):
            assert APP_SECRET not in place

    @pytest.mark.parametrize("code", [-1, 40013, 40125, 41002, 40029])
    def test_is_not_in_the_log_of_a_refusal(self, fake_wechat, login, log_lines, code):
        fake_wechat.login_answers(error(code))

        login()

        assert log_lines
        assert APP_SECRET not in str(log_lines)

    def test_is_masked_in_a_traceback_that_nobody_expected(self, fake_wechat, login, log_lines, monkeypatch):
        fake_wechat.login_answers({"exc": RuntimeError(URL_WITH_SECRET)})

        response = login()

        (line,) = (line for line in log_lines if line["event"] == "request.failed")
        text = str(mask_event(None, "error", {"event": "request.failed", "exception": str(line["exc_info"])}))
        assert response.status_code == 500
        assert APP_SECRET not in response.text
        assert "secret=***" in text
        assert APP_SECRET not in text

    def test_token_and_secret_of_a_phone_call_are_not_logged(self, api, fake_wechat, log_lines):
        fake_wechat.token_answers(TOKEN)
        fake_wechat.phone_answers({"exc": requests.ReadTimeout(URL_WITH_SECRET)})

        response = api.post("/api/v1/auth/wechat/phone", json={"code": "p"}, by=api.login())

        assert response.status_code == 503
        for secret in (APP_SECRET, "stable-token-1"):
            assert secret not in str(log_lines) + response.text

    def test_is_not_in_the_representation_of_the_client(self, fake_wechat):
        fake_wechat.phone_answers(phone())

        assert APP_SECRET not in repr(fake_wechat.client) + repr(fake_wechat.client._settings)
