"""The login against the scenarios of mocks/external/wechat.yaml: the same file that a mock server plays by hand."""

import pytest
from mdt import mock_scenario
from pydantic import SecretStr

from backend.core import cache
from backend.modules.auth import wechat, wechat_api
from tests.unit.auth.fake_wechat import APP_ID, APP_SECRET

LOGIN = "/api/v1/auth/wechat/login"
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


def login(api):
    return api.post(LOGIN, json={"code": "a-code"})


class TestLogin:
    @pytest.mark.parametrize("scenario", ["wechat.ok", "wechat.noErrcode"])
    def test_succeeds_with_and_without_an_errcode(self, api, scenario):
        with mock_scenario(scenario) as mocks:
            response = login(api)

            assert response.status_code == 200
            mocks.wechat.called("GET /sns/jscode2session", times=1)

    def test_comes_through_when_wechat_is_busy_once(self, api):
        with mock_scenario("wechat.busyThenOk") as mocks:
            response = login(api)

            assert response.status_code == 200
            mocks.wechat.called("GET /sns/jscode2session", times=2)

    @pytest.mark.parametrize(("scenario", "status"), REFUSED.items())
    def test_is_refused_with_the_status_that_fits(self, api, scenario, status):
        with mock_scenario(scenario):
            response = login(api)

        assert response.status_code == status
        assert response.json["code"] == 0


class TestPhone:
    def test_number_is_answered(self, api):
        actor = api.login()

        with mock_scenario("wechat.ok"):
            response = api.post(PHONE, json={"code": "p-code"}, by=actor)

        assert response.json["data"] == {"phone": "13800138000"}

    def test_code_that_is_no_code_is_refused(self, api):
        actor = api.login()

        with mock_scenario("wechat.invalidCode"):
            response = api.post(PHONE, json={"code": "p-code"}, by=actor)

        assert response.status_code == 401
