"""Logging out, the list of sessions, ending one of them, and the daily purge."""

import pytest

from backend.core.db import db, purging
from backend.modules.auth import service
from backend.modules.auth import settings as auth_settings
from backend.modules.auth.model import AuthSession, RefreshToken

SESSIONS = "/api/v1/auth/sessions"


class TestLogout:
    def test_anonymous_is_refused(self, api):
        assert api.post("/api/v1/auth/logout").status_code == 401

    def test_ends_the_access_token_at_once(self, api):
        actor = api.login()

        response = api.post("/api/v1/auth/logout", by=actor)

        assert response.status_code == 200
        assert response.json["data"] == {}
        assert api.get("/api/v1/users/me", by=actor).status_code == 401

    def test_leaves_other_devices_logged_in(self, api):
        phone, tablet = api.login(openid="same"), api.login(openid="same")

        api.post("/api/v1/auth/logout", by=phone)

        assert api.get("/api/v1/users/me", by=tablet).status_code == 200

    def test_twice_is_refused_the_second_time(self, api):
        actor = api.login()
        api.post("/api/v1/auth/logout", by=actor)

        assert api.post("/api/v1/auth/logout", by=actor).status_code == 401


class TestListSessions:
    def test_anonymous_is_refused(self, api):
        assert api.get(SESSIONS).status_code == 401

    def test_own_ones_alone_the_newest_first(self, api):
        first, second = api.login(openid="same"), api.login(openid="same")
        api.login(openid="somebody else")

        page = api.get(SESSIONS, by=first).json["data"]

        assert [session["id"] for session in page["items"]] == [second.session_id, first.session_id]
        assert page["total"] == 2

    def test_says_which_one_asks(self, api):
        first = api.login(openid="same")
        api.login(openid="same")

        items = api.get(SESSIONS, by=first).json["data"]["items"]

        assert [session["id"] for session in items if session["current"]] == [first.session_id]

    @pytest.mark.parametrize(("page", "count"), [(1, 2), (2, 1), (3, 0)])
    def test_comes_in_pages(self, api, page, count):
        actors = [api.login(openid="same") for _ in range(3)]

        data = api.get(SESSIONS, by=actors[0], query_string={"page": page, "per_page": 2}).json["data"]

        assert len(data["items"]) == count
        assert (data["page"], data["per_page"], data["pages"], data["total"]) == (page, 2, 2, 3)

    def test_ended_and_expired_ones_are_left_out(self, api, app):
        actor, ended, expired = (api.login(openid="same") for _ in range(3))
        api.post("/api/v1/auth/logout", by=ended)
        with app.app_context():
            service.sessions.bulk_update([expired.session_id], expires_at=service.utcnow())
            db.session.commit()

        items = api.get(SESSIONS, by=actor).json["data"]["items"]

        assert [session["id"] for session in items] == [actor.session_id]


class TestEndSession:
    def test_anonymous_is_refused(self, api):
        assert api.delete(f"{SESSIONS}/{api.login().session_id}").status_code == 401

    def test_own_one_ends_at_once(self, api):
        phone, tablet = api.login(openid="same"), api.login(openid="same")

        response = api.delete(f"{SESSIONS}/{tablet.session_id}", by=phone)

        assert response.status_code == 200
        assert api.get("/api/v1/users/me", by=tablet).status_code == 401
        assert api.get("/api/v1/users/me", by=phone).status_code == 200

    @pytest.mark.parametrize("role", ["member", "admin"])
    def test_anothers_does_not_exist(self, api, role):
        victim = api.login()

        response = api.delete(f"{SESSIONS}/{victim.session_id}", by=api.login(role))

        assert response.status_code == 404
        assert api.get("/api/v1/users/me", by=victim).status_code == 200

    def test_ended_one_does_not_exist_any_more(self, api):
        phone, tablet = api.login(openid="same"), api.login(openid="same")
        api.delete(f"{SESSIONS}/{tablet.session_id}", by=phone)

        assert api.delete(f"{SESSIONS}/{tablet.session_id}", by=phone).status_code == 404


class TestPurgeCommand:
    @pytest.fixture
    def purge(self, app):
        return lambda *arguments: app.test_cli_runner().invoke(args=["sessions", "purge", *arguments])

    @pytest.fixture
    def left(self, app):
        def ids():
            with app.app_context():
                return set(db.session.scalars(db.select(AuthSession.id)))

        return ids

    def test_deletes_what_ended_long_ago_with_its_tokens(self, app, api, purge, left, time_passes):
        kept, ended = api.login(openid="same"), api.login(openid="same")
        api.post("/api/v1/auth/logout", by=ended)
        time_passes(days=8)

        result = purge()

        assert result.exit_code == 0
        assert result.output == "deleted 1 ended sessions and 0 used tokens of others\n"
        assert left() == {kept.session_id}
        with app.app_context():
            assert set(db.session.scalars(db.select(RefreshToken.session_id))) == {kept.session_id}

    def test_deletes_expired_ones(self, api, purge, left, time_passes):
        api.login()
        time_passes(days=38)

        purge()

        assert left() == set()

    @pytest.mark.parametrize(("days", "deleted"), [("7", 0), ("3", 0), ("1", 1), ("0", 1)])
    def test_keeps_what_ended_within_the_given_days(self, api, purge, time_passes, days, deleted):
        api.post("/api/v1/auth/logout", by=api.login())
        time_passes(days=2)

        result = purge("--days", days)

        assert result.output == f"deleted {deleted} ended sessions and 0 used tokens of others\n"

    def test_used_tokens_of_a_living_session_go_and_it_lives_on(self, app, api, purge, refresh, time_passes):
        tokens = [api.login().refresh_token]
        for hour in range(40):
            time_passes(hours=hour)
            tokens.append(refresh(tokens[-1]).json["data"]["refresh_token"])

        result = purge("--days", "0")

        assert result.output == "deleted 0 ended sessions and 39 used tokens of others\n"  # one is in the grace period
        assert refresh(tokens[0]).status_code == 401
        assert refresh(tokens[-2]).status_code == 200
        assert refresh(tokens[-1]).status_code == 200
        with app.app_context():
            assert db.session.scalar(db.select(AuthSession.revoked_at)) is None

    def test_walks_through_more_than_one_step(self, app, api, left, time_passes):
        for number in range(7):
            api.post("/api/v1/auth/logout", by=api.login(openid=f"user-{number}"))
        kept = api.login()
        time_passes(days=8)

        with app.app_context():
            deleted = purging.purge(AuthSession, AuthSession.revoked_at.is_not(None), rows=2)

        assert deleted == 7
        assert left() == {kept.session_id}

    def test_refuses_negative_days(self, purge):
        result = purge("--days", "-1")

        assert result.exit_code == 2
        assert "x>=0" in result.output


class TestLimits:
    @pytest.fixture
    def limited(self, monkeypatch, settings):
        """`limited(sessions_per_user=2)`: the settings of the module, changed."""

        def change(**values):
            monkeypatch.setattr(auth_settings, "current", lambda: settings.model_copy(update=values))

        return change

    @pytest.mark.parametrize(("limit", "left"), [(1, 1), (2, 2), (0, 4)])
    def test_a_login_too_many_ends_the_oldest(self, api, limited, limit, left):
        limited(sessions_per_user=limit)

        answers = [api.post("/api/v1/auth/wechat/login", json={"code": "same"}).json["data"] for _ in range(4)]

        tokens = [answer["access_token"] for answer in answers]
        known = [
            api.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"}).status_code for token in tokens
        ]
        assert known == [401] * (4 - left) + [200] * left

    def test_the_sessions_of_others_stay(self, api, limited):
        limited(sessions_per_user=1)
        other = api.login()

        for _ in range(2):
            api.post("/api/v1/auth/wechat/login", json={"code": "same"})

        assert api.get("/api/v1/users/me", by=other).status_code == 200

    def test_a_session_ends_however_much_it_is_used(self, api, limited, refresh, time_passes):
        limited(session_max_seconds=100 * 86_400)
        token, day = api.login().refresh_token, 0
        while day < 99:
            day += 20 if day < 80 else 19
            time_passes(days=day)
            token = refresh(token).json["data"]["refresh_token"]

        time_passes(days=101)

        assert refresh(token).status_code == 401
