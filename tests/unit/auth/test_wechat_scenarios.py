"""The login against the scenarios of mocks/external/wechat.yaml: the same file that a mock server plays by hand."""

import pytest
from mdt import mock_scenario
from pydantic import SecretStr

from backend.core import cache
from backend.modules.auth import wechat, wechat_api
from tests.unit.auth.fake_wechat import APP_ID, APP_SECRET

PHONE = "/api/v1/auth/wechat/phone"
REFUSED = {
    "wechat.invalidCode": 401,
    "wechat.codeUsed": 401,
    "wechat.blockedUser": 403,
    "wechat.rateLimited": 429,
    "wechat.timeout": 503,
    "wechat.htmlGarbage": 503,
}


@pytest.fixture(autouse=True)
def real_client(app, settings, monkeypatch, fake_time):
    """The application asks WeChat, as in production."""
    real = settings.model_copy(update={"wechat_app_id": APP_ID, "wechat_app_secret": SecretStr(APP_SECRET)})
    monkeypatch.setitem(app.extensions, wechat.EXTENSION, wechat_api.WeChatApi(real, app.extensions[cache.EXTENSION]))


class TestLogin:
    @pytest.mark.parametrize(
        ("scenario", "calls"), [("wechat.ok", 1), ("wechat.noErrcode", 1), ("wechat.busyThenOk", 2)]
    )
    def test_succeeds_with_and_without_an_errcode_also_when_wechat_is_busy_once(self, login, scenario, calls):
        with mock_scenario(scenario) as mocks:
            response = login()

            assert response.status_code == 200
            mocks.wechat.called("GET /sns/jscode2session", times=calls)

    @pytest.mark.parametrize(("scenario", "status"), REFUSED.items())
    def test_is_refused_with_the_status_that_fits(self, login, scenario, status):
        with mock_scenario(scenario):
            response = login()

        assert response.status_code == status
        assert response.json["code"] == 0


class TestPhone:
    @pytest.mark.parametrize(
        ("scenario", "status", "data"),
        [("wechat.ok", 200, {"phone": "13800138000"}), ("wechat.invalidCode", 401, {})],
    )
    def test_number_is_answered_or_the_code_refused(self, api, scenario, status, data):
        actor = api.login()

        with mock_scenario(scenario):
            response = api.post(PHONE, json={"code": "p-code"}, by=actor)

        assert (response.status_code, response.json["data"]) == (status, data)
