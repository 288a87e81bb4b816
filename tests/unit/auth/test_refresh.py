"""POST /api/v1/auth/refresh: each token works once, a lost answer logs nobody out, a stolen token ends the session."""

import pytest
from pydantic import SecretStr

from backend.core.db import db
from backend.modules.auth import refresh_tokens, service
from backend.modules.auth.model import RefreshToken
from backend.settings import Settings

GRACE = Settings.model_fields["refresh_grace_seconds"].default
LIFE = Settings.model_fields["refresh_token_seconds"].default


@pytest.fixture
def next_token(refresh):
    """The refresh token that the given one is exchanged for."""
    return lambda token: refresh(token).json["data"]["refresh_token"]


class TestRefresh:
    def test_anonymous_with_a_token_gets_the_next_pair(self, api, refresh):
        actor = api.login()

        response = refresh(actor.refresh_token)

        assert response.status_code == 200
        data = response.json["data"]
        assert data["refresh_token"] != actor.refresh_token
        me = api.get("/api/v1/users/me", headers={"Authorization": f"Bearer {data['access_token']}"})
        assert me.json["data"]["id"] == actor.id

    def test_successor_works_in_its_turn(self, api, refresh, next_token):
        first = api.login().refresh_token

        second = next_token(first)
        third = next_token(second)

        assert len({first, second, third}) == 3
        assert refresh(third).status_code == 200

    def test_use_prolongs_the_session(self, api, refresh, stored_session, time_passes):
        actor = api.login()
        before = stored_session(actor.session_id)
        time_passes(days=20)

        refresh(actor.refresh_token)

        after = stored_session(actor.session_id)
        assert (after.expires_at - before.expires_at).days == 20
        assert (after.last_used_at - before.last_used_at).days == 20

    def test_only_hashes_are_stored(self, api, app, next_token):
        first = api.login().refresh_token
        tokens = {first, next_token(first)}

        with app.app_context():
            stored = set(db.session.scalars(db.select(RefreshToken.token_hash)))

        assert stored == {refresh_tokens.digest(token) for token in tokens}


class TestRefreshRefuses:
    @pytest.mark.parametrize("token", ["unknown", "x" * 43])
    def test_anonymous_with_an_unknown_token(self, refresh, token):
        response = refresh(token)

        assert response.status_code == 401
        assert response.json["msg"] == "The refresh token is not valid; log in again."

    def test_access_token_in_its_place(self, api, refresh):
        assert refresh(api.login().access_token[:128]).status_code == 401

    @pytest.mark.parametrize(
        "end",
        [
            lambda api, actor, time_passes: time_passes(seconds=LIFE + 1),
            lambda api, actor, _: api.post("/api/v1/auth/logout", by=actor),
            lambda api, actor, _: api.post(f"/api/v1/users/{actor.id}/disable", by=api.login("admin")),
        ],
        ids=["expired", "logged out", "disabled user"],
    )
    def test_session_that_has_ended(self, api, refresh, time_passes, end):
        actor = api.login()
        end(api, actor, time_passes)

        assert refresh(actor.refresh_token).status_code == 401

    def test_disabled_user_whose_sessions_were_left(self, api, app, refresh):
        actor = api.login(disabled_at=service.utcnow())

        assert refresh(actor.refresh_token).status_code == 401


class TestRefreshInsideTheGraceWindow:
    def test_same_successor_while_it_is_unused(self, api, next_token, stored_session):
        actor = api.login()

        successors = {next_token(actor.refresh_token) for _ in range(3)}

        assert len(successors) == 1
        assert stored_session(actor.session_id).revoked_at is None

    def test_successor_of_a_repeated_answer_works(self, api, refresh, next_token):
        actor = api.login()
        next_token(actor.refresh_token)

        successor = next_token(actor.refresh_token)

        assert refresh(successor).status_code == 200

    def test_same_successor_until_the_last_second(self, api, next_token, time_passes):
        actor = api.login()
        successor = next_token(actor.refresh_token)
        time_passes(seconds=GRACE - 1)

        assert next_token(actor.refresh_token) == successor

    def test_same_successor_although_the_signing_key_was_rotated(self, api, app, settings, next_token, monkeypatch):
        actor = api.login()
        successor = next_token(actor.refresh_token)
        new = {"jwt_secret": SecretStr("n" * 40), "jwt_key_id": "k2", "jwt_previous_keys": {"k1": settings.jwt_secret}}
        monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update=new))

        assert next_token(actor.refresh_token) == successor

    def test_twin_that_read_the_token_unused_gets_the_same_successor(self, api, next_token, monkeypatch):
        actor = api.login()
        use, winner = service.issued.use, []

        def after_the_twin(token, now):
            monkeypatch.setattr(service.issued, "use", use)
            winner.append(next_token(actor.refresh_token))
            return use(token, now)

        monkeypatch.setattr(service.issued, "use", after_the_twin)
        loser = next_token(actor.refresh_token)

        assert winner == [loser]


class TestRefreshReuse:
    """A token that comes back after its time was stolen, from somebody: the whole family ends."""

    @pytest.fixture
    def stolen(self, api, next_token):
        """A token whose successor has been used, and the token that is valid now."""
        actor = api.login(openid="victim")
        return actor, next_token(next_token(actor.refresh_token))

    def test_revocation_is_stored_although_the_answer_is_an_error(self, refresh, stolen, stored_session):
        actor, _ = stolen

        assert refresh(actor.refresh_token).status_code == 401

        session = stored_session(actor.session_id)
        assert session.revoked_at is not None
        assert session.revoked_because == "reuse"

    def test_ends_the_valid_token_and_the_access_token_too(self, api, refresh, stolen):
        actor, valid = stolen

        refresh(actor.refresh_token)

        assert refresh(valid).status_code == 401
        assert api.get("/api/v1/users/me", by=actor).status_code == 401

    def test_leaves_the_users_other_sessions(self, api, refresh, stolen):
        actor, _ = stolen
        other = api.login(openid="victim")

        refresh(actor.refresh_token)

        assert other.id == actor.id
        assert api.get("/api/v1/users/me", by=other).status_code == 200

    def test_outside_the_grace_window_ends_the_session_although_the_successor_is_unused(
        self, api, refresh, next_token, time_passes, stored_session
    ):
        actor = api.login()
        successor = next_token(actor.refresh_token)
        time_passes(seconds=GRACE + 1)

        response = refresh(actor.refresh_token)

        assert response.status_code == 401
        assert stored_session(actor.session_id).revoked_because == "reuse"
        assert refresh(successor).status_code == 401

    def test_is_logged_without_the_token(self, refresh, stolen, log_lines):
        actor, _ = stolen

        refresh(actor.refresh_token)

        reuse = [line for line in log_lines if line["event"] == "auth.refresh_reuse"]
        assert [(line["user_id"], line["session_id"]) for line in reuse] == [(actor.id, actor.session_id)]
        assert actor.refresh_token not in str(log_lines)

    def test_key_that_was_taken_out_of_the_ring_ends_the_repeat(
        self, api, app, settings, refresh, next_token, monkeypatch
    ):
        actor = api.login()
        next_token(actor.refresh_token)
        new = settings.model_copy(update={"jwt_secret": SecretStr("n" * 40)})
        monkeypatch.setitem(app.extensions, "settings", new)

        assert refresh(actor.refresh_token).status_code == 401
