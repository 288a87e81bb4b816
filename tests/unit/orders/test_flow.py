"""A user's whole way: log in, order, look, cancel."""

from tests.unit.orders.conftest import PATH, WANTED


def complete_order_flow(api):
    """Log in and order; gives the user's tokens and the order."""
    login = api.post("/api/v1/auth/wechat/login", json={"code": "alice"}).json["data"]
    headers = {"Authorization": f"Bearer {login['access_token']}"}
    made = api.post(PATH, json=WANTED, headers=headers)
    assert made.status_code == 201
    return headers, made.json["data"]


def test_from_login_to_cancellation(api, fake_services, log_lines):
    headers, order = complete_order_flow(api)

    assert api.get(PATH, headers=headers).json["data"]["items"] == [order]
    cancelled = api.post(f"{PATH}/{order['id']}/cancel", headers=headers).json["data"]
    assert cancelled["status"] == "cancelled"
    assert fake_services.asked() == ["authorize", "prod123", "check", "reserve", "send", "cancel"]
    told = [line for line in log_lines if line["event"].startswith("orders.")]
    assert [line["event"] for line in told] == ["orders.placed", "orders.cancelled"]
    assert {line["number"] for line in told} == {order["number"]}


def test_test_session_and_request_id_reach_every_service(api, owner, fake_services):
    headers = {"X-Mdt-Session": "s-1", "baggage": "mdt.session=s-1", "X-Request-ID": "id-0123456789"}

    api.post(PATH, json=WANTED, by=owner, headers=headers)

    for call in fake_services.calls():
        assert {name: call.headers[name] for name in headers} == headers
