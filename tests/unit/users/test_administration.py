"""Roles, disabling and enabling: what administrators do, and what holds from the next request on."""

import pytest

ME = "/api/v1/users/me"
ROUTES = {"role": ("PUT", {"role": "support"}), "disable": ("POST", None), "enable": ("POST", None)}


@pytest.fixture
def admin(api):
    return api.login("admin")


@pytest.fixture
def act(api):
    """`act("disable", user_id, by=actor)`"""

    def call(action, user_id, by=None, **body):
        method, example = ROUTES[action]
        arguments = {"json": body or example} if example else {}
        return api.call(method, f"/api/v1/users/{user_id}/{action}", by=by, **arguments)

    return call


@pytest.mark.parametrize("action", ROUTES)
class TestEveryAction:
    def test_anonymous_is_refused(self, api, act, action):
        assert act(action, api.login().id).status_code == 401

    @pytest.mark.parametrize("role", ["member", "support"])
    def test_who_may_not_write_is_refused(self, api, act, action, role):
        assert act(action, api.login().id, by=api.login(role)).status_code == 403

    def test_own_account_is_409_and_stays_as_it_is(self, api, act, admin, action):
        response = act(action, admin.id, by=admin)

        assert response.status_code == 409
        assert "another administrator" in response.json["msg"]
        assert api.get(ME, by=admin).json["data"]["role"] == "admin"

    def test_unknown_user_is_404(self, act, admin, action):
        assert act(action, 999999, by=admin).status_code == 404


class TestChangeRole:
    def test_holds_from_the_next_request_on_for_a_token_issued_before(self, api, act, admin):
        actor = api.login()

        response = act("role", actor.id, by=admin, role="support")

        assert response.json["data"]["role"] == "support"
        assert api.get("/api/v1/users", by=actor).status_code == 200

    def test_taking_a_role_away_holds_at_once_too(self, api, act, admin):
        actor = api.login("support")

        act("role", actor.id, by=admin, role="member")

        assert api.get("/api/v1/users", by=actor).status_code == 403

    @pytest.mark.parametrize("role", ["owner", "", "ADMIN", None, 1])
    def test_unknown_role_is_422(self, api, act, admin, role):
        assert act("role", api.login().id, by=admin, role=role).status_code == 422

    def test_role_that_was_taken_out_of_the_code_may_do_nothing(self, api):
        actor = api.login("retired")

        assert api.get("/api/v1/users", by=actor).status_code == 403
        assert api.get(ME, by=actor).status_code == 200


class TestDisable:
    def test_ends_every_session_at_once(self, api, act, admin):
        phone, tablet = api.login(openid="same"), api.login(openid="same")

        response = act("disable", phone.id, by=admin)

        assert response.json["data"]["status"] == "disabled"
        assert [api.get(ME, by=actor).status_code for actor in (phone, tablet)] == [401, 401]

    def test_leaves_everybody_else(self, api, act, admin):
        actor, other = api.login(), api.login()

        act("disable", actor.id, by=admin)

        assert api.get(ME, by=other).status_code == 200

    def test_twice_changes_nothing(self, api, act, admin):
        actor = api.login()
        first = act("disable", actor.id, by=admin).json["data"]

        second = act("disable", actor.id, by=admin)

        assert second.status_code == 200
        assert second.json["data"] == first


class TestEnable:
    def test_lets_the_user_log_in_again(self, api, act, admin):
        login = lambda: api.post("/api/v1/auth/wechat/login", json={"code": "c"})
        user_id = login().json["data"]["user"]["id"]
        act("disable", user_id, by=admin)

        response = act("enable", user_id, by=admin)

        assert response.json["data"]["status"] == "active"
        assert login().status_code == 200

    def test_leaves_old_sessions_ended(self, api, act, admin):
        actor = api.login()
        act("disable", actor.id, by=admin)

        act("enable", actor.id, by=admin)

        assert api.get(ME, by=actor).status_code == 401
        refreshed = api.post("/api/v1/auth/refresh", json={"refresh_token": actor.refresh_token})
        assert refreshed.status_code == 401

    def test_of_somebody_who_is_not_disabled_changes_nothing(self, api, act, admin):
        actor = api.login()

        response = act("enable", actor.id, by=admin)

        assert response.json["data"]["status"] == "active"
        assert api.get(ME, by=actor).status_code == 200
