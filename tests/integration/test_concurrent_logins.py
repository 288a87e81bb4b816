"""Logins and refreshes that arrive at the same moment, on real connections with real commits."""

import pytest
from flask import Flask

from backend.modules.users import settings
from tests.framework.api import Actor, Api
from tests.framework.tables import table
from tests.integration.support.concurrency import at_once
from tests.integration.support.sql import Sql

DEVICES = 8
PHONE = "/api/v1/auth/wechat/phone"
LOGIN = "/api/v1/auth/wechat/login"
REFRESH = "/api/v1/auth/refresh"

pytestmark = pytest.mark.usefixtures("real_commits")


def refresh(api: Api, token: str):
    return api.post(REFRESH, json={"refresh_token": token})


def test_first_logins_of_one_person_at_the_same_moment_make_one_user(app: Flask, sql: Sql):
    answers = at_once(DEVICES, lambda _: Api(app).post(LOGIN, json={"code": "alice"}))

    assert [answer.status_code for answer in answers] == [200] * DEVICES
    assert len({answer.json["data"]["user"]["id"] for answer in answers}) == 1
    assert len({answer.json["data"]["refresh_token"] for answer in answers}) == DEVICES
    assert sql.rows("SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM auth_sessions)") == [(1, DEVICES)]


def test_first_logins_of_many_people_at_the_same_moment_make_a_user_each(app: Flask, sql: Sql):
    answers = at_once(DEVICES, lambda number: Api(app).post(LOGIN, json={"code": f"user-{number}"}))

    assert [answer.status_code for answer in answers] == [200] * DEVICES
    assert sql.value("SELECT COUNT(*) FROM users") == DEVICES


def test_refreshes_of_one_token_at_the_same_moment_rotate_it_once(app: Flask, api: Api, sql: Sql):
    actor = api.login()

    answers = at_once(DEVICES, lambda _: refresh(Api(app), actor.refresh_token))

    successors = {answer.json["data"]["refresh_token"] for answer in answers}
    assert [answer.status_code for answer in answers] == [200] * DEVICES
    assert len(successors) == 1
    assert sql.value("SELECT COUNT(*) FROM refresh_tokens") == 2
    assert sql.value("SELECT COUNT(*) FROM auth_sessions WHERE revoked_at IS NULL") == 1
    assert refresh(api, successors.pop()).status_code == 200


def test_a_stolen_token_ends_the_session_on_disk_although_the_answer_is_an_error(api: Api, sql: Sql):
    actor = api.login()
    second = refresh(api, actor.refresh_token).json["data"]["refresh_token"]
    third = refresh(api, second).json["data"]["refresh_token"]

    reused = refresh(api, actor.refresh_token)

    assert reused.status_code == 401
    assert sql.rows("SELECT revoked_because FROM auth_sessions WHERE revoked_at IS NOT NULL") == [("reuse",)]
    assert refresh(api, third).status_code == 401
    assert api.get("/api/v1/users/me", by=actor).status_code == 401


def test_a_token_stolen_many_times_at_the_same_moment_lets_nobody_in(app: Flask, api: Api, sql: Sql):
    actor = api.login()
    second = refresh(api, actor.refresh_token).json["data"]["refresh_token"]
    refresh(api, second)

    answers = at_once(DEVICES, lambda _: refresh(Api(app), actor.refresh_token))

    assert [answer.status_code for answer in answers] == [401] * DEVICES
    assert sql.value("SELECT COUNT(*) FROM auth_sessions WHERE revoked_at IS NULL") == 0


def test_logging_out_while_refreshing_leaves_no_way_in(app: Flask, api: Api):
    actor = api.login()
    acts = [lambda: logout(Api(app), actor), *[lambda: refresh(Api(app), actor.refresh_token)] * 3]

    answers = at_once(len(acts), lambda number: acts[number]())

    tokens = [answer.json["data"]["refresh_token"] for answer in answers[1:] if answer.status_code == 200]
    assert answers[0].status_code == 200
    assert {answer.status_code for answer in answers[1:]} <= {200, 401}
    assert {refresh(api, token).status_code for token in [actor.refresh_token, *tokens]} == {401}


def logout(api: Api, actor: Actor):
    return api.post("/api/v1/auth/logout", by=actor)


@table(
    "policy, others", {"the first one keeps it": ("refuse", 409), "each takes it from the one before": ("move", 200)}
)
def test_users_who_bind_one_number_at_the_same_moment_do_not_share_it(
    app: Flask, sql: Sql, monkeypatch: pytest.MonkeyPatch, policy: str, others: int
):
    with app.app_context():
        changed = settings.current().model_copy(update={"phone_conflict": policy})
    monkeypatch.setattr(settings, "current", lambda: changed)
    actors = [Api(app).login(openid=f"{policy}-{number}") for number in range(DEVICES)]

    answers = at_once(DEVICES, lambda number: Api(app).post(PHONE, json={"code": policy}, by=actors[number]))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 200
    assert set(statuses) <= {200, others, 409}  # whoever lost against a twin is told so
    assert sql.value("SELECT COUNT(*) FROM users WHERE phone IS NOT NULL") == 1
    sql.run("UPDATE users SET phone = NULL")
