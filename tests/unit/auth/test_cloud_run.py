"""POST /api/v1/auth/wechat/cloud: WeChat Cloud Run's ingress names the user, where the settings say that it is there."""

import pytest

from backend.core.db import db
from backend.core.security import access
from backend.modules.auth import cloud_run
from backend.modules.users.model import User

CLOUD = "/api/v1/auth/wechat/cloud"
OPENID = "oCloud_Run-0123456789"
SOURCE = {"X-WX-SOURCE": "wx_client"}  # the private link says so
NAMED = {**SOURCE, "X-WX-OPENID": OPENID}


@pytest.fixture
def behind_ingress(app, settings, monkeypatch):
    """The application with WECHAT_CLOUD_RUN=true."""
    check = cloud_run.check_of(settings.model_copy(update={"wechat_cloud_run": True}))
    monkeypatch.setitem(app.extensions[access.SIGNATURES], cloud_run.SCHEME, check)


def unionid(app):
    with app.app_context():
        return db.session.scalar(db.select(User.unionid).where(User.openid == OPENID))


class TestSwitchedOff:
    @pytest.mark.parametrize("headers", [{}, NAMED], ids=["anonymous", "forged"])
    def test_is_refused_and_makes_nobody(self, api, app, headers):
        response = api.post(CLOUD, headers=headers)

        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "wechat-cloud-run"
        with app.app_context():
            assert db.session.query(User).count() == 0


@pytest.mark.usefixtures("behind_ingress")
class TestSwitchedOn:
    def test_anonymous_is_refused(self, api):
        assert api.post(CLOUD, headers=SOURCE).status_code == 401

    @pytest.mark.parametrize("source", [{}, {"X-WX-SOURCE": ""}], ids=["missing", "empty"])
    def test_name_that_did_not_come_by_the_private_link_is_refused(self, api, source):
        assert api.post(CLOUD, headers={"X-WX-OPENID": OPENID, **source}).status_code == 401

    def test_number_of_a_user_who_has_one_is_shown(self, api):
        api.login(openid=OPENID, phone="13800138000")

        assert api.post(CLOUD, headers=NAMED).json["data"]["user"]["phone"] == "13800138000"

    def test_named_user_is_logged_in(self, api):
        response = api.post(CLOUD, headers=NAMED)

        assert response.status_code == 200
        token = response.json["data"]["access_token"]
        assert api.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200

    def test_same_openid_is_the_same_user(self, api):
        first, second = (api.post(CLOUD, headers=NAMED).json["data"]["user"]["id"] for _ in range(2))

        assert first == second

    @pytest.mark.parametrize(
        "openid",
        ["", "short", "o" * 65, "o'; DROP TABLE users; --", "openid with spaces", "oПользователь", "o{{7*7}}oooo"],
    )
    def test_bad_openid_is_refused(self, api, openid):
        response = api.post(CLOUD, headers={**SOURCE, "X-WX-OPENID": openid.encode().decode("latin-1")})

        assert response.status_code == 401

    @pytest.mark.parametrize(("sent", "stored"), [("uUnion_123", "uUnion_123"), ("bad one", None), ("", None)])
    def test_unionid_is_kept_if_it_is_one(self, api, app, sent, stored):
        api.post(CLOUD, headers={**NAMED, "X-WX-UNIONID": sent})

        assert unionid(app) == stored

    def test_unionid_that_came_later_is_added_and_never_taken_away(self, api, app):
        api.post(CLOUD, headers=NAMED)
        api.post(CLOUD, headers={**NAMED, "X-WX-UNIONID": "uLater_1"})

        api.post(CLOUD, headers=NAMED)

        assert unionid(app) == "uLater_1"

    def test_disabled_user_is_refused(self, api):
        user_id = api.post(CLOUD, headers=NAMED).json["data"]["user"]["id"]
        api.post(f"/api/v1/users/{user_id}/disable", by=api.login("admin"))

        assert api.post(CLOUD, headers=NAMED).status_code == 403
