"""A deadlock after WeChat's answer: its code is used up, so the database's part alone is run again."""

import pytest

from backend.modules.auth import service
from tests.unit.auth.fake_wechat import OK, TOKEN, phone
from tests.unit.core.support import deadlock

LOGIN = "/api/v1/auth/wechat/login"
PHONE = "/api/v1/auth/wechat/phone"


@pytest.fixture
def losing(monkeypatch):
    """`losing("get_or_create", 2)`: that function of the users loses its first two transactions."""

    def arrange(name, times):
        real, errors = getattr(service.users, name), [deadlock() for _ in range(times)]

        def lose_or_call(*arguments):
            if errors:
                raise errors.pop()
            return real(*arguments)

        monkeypatch.setattr(service.users, name, lose_or_call)

    return arrange


class TestLogin:
    def test_succeeds_with_the_one_answer_of_wechat(self, api, fake_wechat, losing):
        fake_wechat.login_answers(OK)
        losing("get_or_create", 2)

        response = api.post(LOGIN, json={"code": "a-code"})

        assert response.status_code == 200
        assert len(fake_wechat.calls("jscode2session")) == 1

    def test_ends_with_come_back_later(self, api, fake_wechat, losing):
        fake_wechat.login_answers(OK)
        losing("get_or_create", 3)

        response = api.post(LOGIN, json={"code": "a-code"})

        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) >= 1


class TestPhone:
    def test_is_stored_with_the_one_answer_of_wechat(self, api, fake_wechat, losing):
        fake_wechat.token_answers(TOKEN)
        fake_wechat.phone_answers(phone("13800138000"))
        losing("bind_phone", 2)
        actor = api.login()

        response = api.post(PHONE, json={"code": "p-code"}, by=actor)

        assert response.json["data"] == {"phone": "13800138000"}
        assert len(fake_wechat.calls("getuserphonenumber")) == 1
        assert api.get("/api/v1/users/me", by=actor).json["data"]["phone"] == "13800138000"
