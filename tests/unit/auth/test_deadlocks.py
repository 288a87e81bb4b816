"""A deadlock after WeChat's answer: its code is used up, so the database's part alone is run again."""

import pytest

from backend.modules.auth import service
from tests.unit.auth.fake_wechat import OK, TOKEN, phone
from tests.unit.core.support import deadlock

LOGIN = "/api/v1/auth/wechat/login"
PHONE = "/api/v1/auth/wechat/phone"


@pytest.mark.parametrize(("lost", "status"), [(2, 200), (3, 503)])
def test_login_succeeds_with_the_one_answer_of_wechat_or_ends_with_come_back_later(
    api, fake_wechat, fails, lost, status
):
    fake_wechat.login_answers(OK)
    fails(service.users, "get_or_create", *[deadlock()] * lost)

    response = api.post(LOGIN, json={"code": "a-code"})

    assert response.status_code == status
    assert len(fake_wechat.calls("jscode2session")) == 1
    assert status == 200 or int(response.headers["Retry-After"]) >= 1


def test_phone_is_stored_with_the_one_answer_of_wechat(api, fake_wechat, fails):
    fake_wechat.token_answers(TOKEN)
    fake_wechat.phone_answers(phone("13800138000"))
    fails(service.users, "bind_phone", deadlock(), deadlock())
    actor = api.login()

    response = api.post(PHONE, json={"code": "p-code"}, by=actor)

    assert response.json["data"] == {"phone": "13800138000"}
    assert len(fake_wechat.calls("getuserphonenumber")) == 1
    assert api.get("/api/v1/users/me", by=actor).json["data"]["phone"] == "13800138000"
