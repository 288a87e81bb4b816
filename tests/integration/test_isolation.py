"""Each test leaves nothing behind: what the application commits is a savepoint in a transaction of the test."""

from tests.framework.api import Api
from tests.integration.support import probes
from tests.integration.support.sql import Sql

COUNT = "SELECT COUNT(*) FROM users"
PATH = f"{probes.PATH}/raw-users"


def test_what_a_test_stores_nobody_else_sees(api: Api, sql: Sql):
    answer = api.post(PATH, json={"openid": "o-1"})

    assert answer.status_code == 200
    assert sql.value(COUNT) == 0


def test_what_a_test_stores_survives_an_error_that_rolls_back(api: Api):
    answers = [api.post(PATH, json={"openid": openid}) for openid in ("o-1", "o-1", "o-2")]
    admin = api.login("admin")

    assert [answer.status_code for answer in answers] == [200, 409, 200]
    assert api.get("/api/v1/users?role=member", by=admin).json["data"]["total"] == 2


def test_real_commits_are_seen_by_others(real_commits: None, api: Api, sql: Sql):
    api.post(PATH, json={"openid": "o-1"})

    assert sql.value(COUNT) == 1
