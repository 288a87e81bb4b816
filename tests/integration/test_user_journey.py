"""From the first login to the last logout, over HTTP alone, on a real database."""

from tests.framework.api import Api

LOGIN = "/api/v1/auth/wechat/login"
ME = "/api/v1/users/me"


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def test_a_user_logs_in_looks_around_and_logs_out(api: Api):
    first = api.post(LOGIN, json={"code": "alice"}).json["data"]
    changed = api.patch(ME, json={"nickname": "小明 👋"}, headers=bearer(first)).json["data"]
    second = api.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]}).json["data"]
    me = api.get(ME, headers=bearer(second)).json["data"]
    sessions = api.get("/api/v1/auth/sessions", headers=bearer(second)).json["data"]
    logout = api.post("/api/v1/auth/logout", headers=bearer(second))
    afterwards = [api.get(ME, headers=bearer(pair)).status_code for pair in (first, second)]
    refresh = api.post("/api/v1/auth/refresh", json={"refresh_token": second["refresh_token"]})

    assert me == changed
    assert me["nickname"] == "小明 👋"
    assert (sessions["total"], sessions["items"][0]["current"]) == (1, True)
    assert logout.status_code == 200
    assert afterwards == [401, 401]
    assert refresh.status_code == 401


def test_the_same_code_is_the_same_user_on_another_device(api: Api):
    phone = api.post(LOGIN, json={"code": "alice"}).json["data"]
    tablet = api.post(LOGIN, json={"code": "alice"}).json["data"]

    sessions = api.get("/api/v1/auth/sessions", headers=bearer(phone)).json["data"]
    other = next(session["id"] for session in sessions["items"] if not session["current"])
    ended = api.delete(f"/api/v1/auth/sessions/{other}", headers=bearer(phone))

    assert phone["user"]["id"] == tablet["user"]["id"]
    assert sessions["total"] == 2
    assert ended.status_code == 200
    assert api.get(ME, headers=bearer(tablet)).status_code == 401
    assert api.get(ME, headers=bearer(phone)).status_code == 200


def test_a_disabled_user_is_out_at_once_and_stays_out(api: Api):
    admin = api.login("admin")
    user = api.post(LOGIN, json={"code": "bob"}).json["data"]

    disabled = api.post(f"/api/v1/users/{user['user']['id']}/disable", by=admin)

    assert disabled.json["data"]["status"] == "disabled"
    assert api.get(ME, headers=bearer(user)).status_code == 401
    assert api.post("/api/v1/auth/refresh", json={"refresh_token": user["refresh_token"]}).status_code == 401
    assert api.post(LOGIN, json={"code": "bob"}).status_code == 403


def test_a_new_role_holds_from_the_next_request_on(api: Api):
    admin, member = api.login("admin"), api.login("member")
    before = api.get("/api/v1/users", by=member)

    api.put(f"/api/v1/users/{member.id}/role", json={"role": "support"}, by=admin)

    assert before.status_code == 403
    assert api.get("/api/v1/users", by=member).status_code == 200
