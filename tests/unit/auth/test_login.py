"""POST /api/v1/auth/wechat/login: a code becomes a session."""

import pytest

from backend.core.db import db
from backend.core.db import monitor as db_monitor
from backend.modules.auth import service, wechat
from backend.modules.users.model import User
from tests.framework.api import assert_come_back

LOGIN = "/api/v1/auth/wechat/login"


def login(api, code="a-code", **arguments):
    return api.post(LOGIN, json={"code": code}, **arguments)


def devices(api, token):
    listed = api.get("/api/v1/auth/sessions", headers={"Authorization": f"Bearer {token}"})
    return [session["device"] for session in listed.json["data"]["items"]]


class TestWechatLogin:
    def test_anonymous_becomes_a_new_user_with_both_tokens(self, api):
        response = login(api)

        assert response.status_code == 200
        data = response.json["data"]
        assert data["user"]["role"] == "member"
        assert data["user"]["status"] == "active"
        assert (data["token_type"], data["expires_in"]) == ("Bearer", 900)
        assert data["access_token"] != data["refresh_token"]

    def test_tokens_of_a_login_work(self, api):
        data = login(api).json["data"]

        me = api.get("/api/v1/users/me", headers={"Authorization": f"Bearer {data['access_token']}"})

        assert me.status_code == 200
        assert me.json["data"] == data["user"]

    def test_number_that_the_user_has_bound_is_shown(self, api):
        token = login(api).json["data"]["access_token"]
        bound = api.post("/api/v1/auth/wechat/phone", json={"code": "p"}, headers={"Authorization": f"Bearer {token}"})

        assert login(api).json["data"]["user"]["phone"] == bound.json["data"]["phone"]

    def test_known_user_stays_the_same_user(self, api, app):
        first, second = login(api).json["data"], login(api).json["data"]

        assert first["user"]["id"] == second["user"]["id"]
        with app.app_context():
            assert db.session.query(User).count() == 1

    def test_other_code_is_another_user_for_the_stand_in(self, api):
        first, second = login(api, "code-1").json["data"], login(api, "code-2").json["data"]

        assert first["user"]["id"] != second["user"]["id"]

    def test_openid_and_unionid_stay_inside(self, api, app):
        response = login(api)

        with app.app_context():
            openid = db.session.scalar(db.select(User.openid))
        assert openid
        assert openid not in response.text
        assert "unionid" not in response.text

    def test_two_logins_are_two_sessions(self, api):
        login(api, headers={"User-Agent": "phone"})
        token = login(api, headers={"User-Agent": "tablet"}).json["data"]["access_token"]

        assert devices(api, token) == ["tablet", "phone"]

    @pytest.mark.parametrize(
        ("sent", "stored"),
        [
            ("x" * 300, "x" * 200),
            ("tab\there and \x7f delete", "tabhere and  delete"),
            ("", ""),
            ("MicroMessenger/8.0", "MicroMessenger/8.0"),
        ],
        ids=["long", "not printable", "empty", "plain"],
    )
    def test_device_name_is_made_fit_to_store(self, api, sent, stored):
        token = login(api, headers={"User-Agent": sent}).json["data"]["access_token"]

        assert devices(api, token) == [stored]

    @pytest.mark.parametrize(
        ("sent", "stored"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("64:ff9b::192.0.2.7", "192.0.2.7"),
            ("2001:db8:0:0::1", "2001:db8::1"),
            ("1.2.3.4" * 40, ""),
            ("<script>", ""),
            ("\x00\xff", ""),
        ],
        ids=["IPv4", "mapped", "NAT64", "IPv6", "long", "markup", "binary"],
    )
    def test_address_that_a_proxy_passes_on_fails_no_login(self, api, sent, stored):
        token = login(api, environ_base={"REMOTE_ADDR": sent}).json["data"]["access_token"]

        sessions = api.get("/api/v1/auth/sessions", headers={"Authorization": f"Bearer {token}"}).json["data"]["items"]
        assert [session["address"] for session in sessions] == [stored]

    def test_disabled_user_is_refused_and_gets_no_session(self, api, app):
        user_id = login(api).json["data"]["user"]["id"]
        api.post(f"/api/v1/users/{user_id}/disable", by=api.login("admin"))

        response = login(api)

        assert response.status_code == 403
        assert response.json["msg"] == "This account is disabled."
        with app.app_context():
            assert service.sessions.count(user_id=user_id, revoked_at=None) == 0

    def test_code_is_not_used_up_while_the_database_is_down(self, api, app, monkeypatch):
        with app.app_context():
            monkeypatch.setattr(db_monitor.current(), "state", db_monitor.State.DOWN)
            monkeypatch.setattr(wechat.gateway(), "identify", lambda _: pytest.fail("WeChat was asked"))

        assert_come_back(login(api))

    def test_refused_code_is_401_and_makes_nobody(self, api, app):
        response = login(api, "invalid")

        assert response.status_code == 401
        assert "wx.login" in response.json["msg"]
        with app.app_context():
            assert db.session.query(User).count() == 0

    @pytest.mark.parametrize("code", ["", "x" * 257, 7, None, ["a"], "a\nb"])
    def test_code_that_cannot_be_one_is_422(self, api, code):
        response = login(api, code)

        assert response.status_code == 422
        assert response.json["data"]["detail"][0]["loc"] == ["body", "code"]
