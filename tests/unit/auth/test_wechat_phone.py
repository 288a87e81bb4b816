"""POST /api/v1/auth/wechat/phone: the number behind a phone-number button, with a stable token that is fetched once."""

from concurrent.futures import ThreadPoolExecutor

import fakeredis
import pytest
from flask import Flask
from pydantic import SecretStr

from backend.core import cache
from backend.modules.auth.wechat_api import WeChatApi
from tests.unit.auth.fake_wechat import APP_ID, APP_SECRET, TOKEN, error, phone

PHONE = "/api/v1/auth/wechat/phone"


@pytest.fixture
def bind(api):
    def call(actor=None):
        return api.post(PHONE, json={"code": "p-code"}, by=actor or api.login())

    return call


def token(value):
    return {"json": {"access_token": value, "expires_in": 7200}}


class TestBindPhone:
    def test_anonymous_is_refused_before_wechat_is_asked(self, api, fake_wechat):
        response = api.post(PHONE, json={"code": "p-code"})

        assert response.status_code == 401
        assert fake_wechat.calls() == []

    def test_number_is_answered_and_stored(self, api, fake_wechat, bind):
        fake_wechat.token_answers(TOKEN)
        fake_wechat.phone_answers(phone("13800138000"))
        actor = api.login()

        response = bind(actor)

        assert response.json["data"] == {"phone": "13800138000"}
        assert api.get("/api/v1/users/me", by=actor).json["data"]["phone"] == "13800138000"

    def test_foreign_number_keeps_its_country_code(self, fake_wechat, bind):
        fake_wechat.token_answers(TOKEN)
        fake_wechat.phone_answers(phone("2025550123", country="1"))

        assert bind().json["data"] == {"phone": "+12025550123"}

    def test_country_code_may_be_a_number(self, fake_wechat, bind):
        reply = phone("13800138000")
        reply["json"]["phone_info"]["countryCode"] = 86
        fake_wechat.token_answers(TOKEN)
        fake_wechat.phone_answers(reply)

        assert bind().json["data"] == {"phone": "13800138000"}

    @pytest.mark.parametrize(
        "info",
        [None, [], {}, {"purePhoneNumber": 13800138000}, {"purePhoneNumber": "12"}, {"purePhoneNumber": "1" * 33}],
        ids=["null", "list", "empty", "number", "short", "long"],
    )
    def test_reply_without_a_number_is_503_and_an_error_in_the_log(self, fake_wechat, bind, log_lines, info):
        fake_wechat.token_answers(TOKEN)
        fake_wechat.phone_answers({"json": {"errcode": 0, "phone_info": info}})

        response = bind()

        assert response.status_code == 503
        assert "wechat.no_phone" in {line["event"] for line in log_lines if line["log_level"] == "error"}

    def test_requests_are_what_the_documentation_says(self, fake_wechat, bind):
        fake_wechat.token_answers(TOKEN)
        fake_wechat.phone_answers(phone())

        bind()

        (fetched,), (asked,) = fake_wechat.calls("stable_token"), fake_wechat.calls("getuserphonenumber")
        assert fetched.json() == {
            "appid": APP_ID,
            "secret": APP_SECRET,
            "grant_type": "client_credential",
            "force_refresh": False,
        }
        assert asked.qs == {"access_token": ["stable-token-1"]}
        assert asked.json() == {"code": "p-code"}


@pytest.fixture
def workers(settings, monkeypatch):
    """The client of each of four workers, with a cache in one Redis."""
    server = fakeredis.FakeServer()
    monkeypatch.setattr("redis.StrictRedis.from_url", lambda **_: fakeredis.FakeRedis(server=server))
    monkeypatch.setattr("redis.lock.Lock.do_release", lambda lock, token: lock.redis.delete(lock.name))  # no Lua here
    shared = settings.model_copy(
        update={
            "cache_url": "redis://shared:6379/1",
            "wechat_app_id": APP_ID,
            "wechat_app_secret": SecretStr(APP_SECRET),
        }
    )
    made = []
    for _ in range(4):
        worker = Flask("worker")
        cache.init_app(worker, shared)
        made.append(WeChatApi(shared, worker.extensions[cache.EXTENSION]))
    return made


class TestStableToken:
    def test_is_fetched_once_for_two_calls(self, fake_wechat, bind):
        fake_wechat.token_answers(TOKEN)
        fake_wechat.phone_answers(phone())

        bind()
        bind()

        assert len(fake_wechat.calls("stable_token")) == 1
        assert len(fake_wechat.calls("getuserphonenumber")) == 2

    @pytest.mark.parametrize("code", [40001, 40014, 42001])
    def test_dropped_one_is_replaced_once(self, fake_wechat, bind, code):
        fake_wechat.token_answers(token("old"), token("new"))
        fake_wechat.phone_answers(error(code), phone())

        response = bind()

        assert response.status_code == 200
        assert [request.qs["access_token"] for request in fake_wechat.calls("getuserphonenumber")] == [["old"], ["new"]]

    def test_that_is_given_out_again_although_it_was_rejected_is_renewed_by_force(self, fake_wechat, bind):
        fake_wechat.token_answers(token("old"), token("old"), token("forced"))
        fake_wechat.phone_answers(error(40001), phone())

        response = bind()

        assert response.status_code == 200
        assert [asked.json()["force_refresh"] for asked in fake_wechat.calls("stable_token")] == [False, False, True]
        assert fake_wechat.calls("getuserphonenumber")[-1].qs["access_token"] == ["forced"]

    def test_is_forced_once_by_all_workers_that_hold_the_same(self, workers, monkeypatch):
        """Each worker has been told that the token is rejected; the cache in Redis is what they share."""
        given_out = ["old"]

        def fetch(_worker, *, force=False):
            if force:
                given_out.append("forced")
            return given_out[-1]

        monkeypatch.setattr(WeChatApi, "_fetch_token", fetch)
        held = {worker._token() for worker in workers}

        with ThreadPoolExecutor(len(workers)) as threads:
            got = set(threads.map(lambda worker: worker._token_instead_of("old"), workers))

        assert (held, got, given_out) == ({"old"}, {"forced"}, ["old", "forced"])

    def test_dropped_twice_is_503_and_an_error_in_the_log(self, fake_wechat, bind, log_lines):
        fake_wechat.token_answers(token("old"), token("new"))
        fake_wechat.phone_answers(error(40001))

        response = bind()

        assert response.status_code == 503
        assert len(fake_wechat.calls("stable_token")) == 2
        assert len(fake_wechat.calls("getuserphonenumber")) == 2
        assert "wechat.token_rejected" in {line["event"] for line in log_lines if line["log_level"] == "error"}

    @pytest.mark.parametrize("reply", [{"json": {}}, {"json": {"access_token": ""}}, {"json": {"access_token": 7}}])
    def test_reply_without_one_is_503_and_an_error_in_the_log(self, fake_wechat, bind, log_lines, reply):
        fake_wechat.token_answers(reply)

        response = bind()

        assert response.status_code == 503
        assert fake_wechat.calls("getuserphonenumber") == []
        assert "wechat.no_token" in {line["event"] for line in log_lines if line["log_level"] == "error"}

    def test_failure_is_not_kept(self, fake_wechat, bind):
        fake_wechat.token_answers(error(40125), TOKEN)
        fake_wechat.phone_answers(phone())

        statuses = [bind().status_code, bind().status_code]

        assert statuses == [503, 200]
