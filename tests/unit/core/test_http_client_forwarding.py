"""What a request hands on to the calls that it makes: its id always, the mock server's session in tests only."""

import pytest

from backend.core.security.access import public
from backend.core.settings import SettingsError
from backend.core.web.route import Route
from backend.settings import Settings
from tests.framework.tables import table
from tests.unit.core.http_support import OK, Stock
from tests.unit.core.support import PRODUCTION

ALLOWED = {
    "unit": ({"app_env": "unit", "database_url": "sqlite://"}, True),
    "integration": ({"app_env": "integration", "database_url": "sqlite://"}, True),
    "development": ({"app_env": "development"}, False),
    "development that says so": ({"app_env": "development", "forward_test_session": True}, True),
    "production": (PRODUCTION, False),
}


@pytest.fixture
def hand_on(build, settings, fake_time):
    """`hand_on({"baggage": "..."})`: the headers of the call that a request with these headers makes."""

    def ask(headers, **changed):
        stock = Stock(settings.model_copy(update=changed))
        stock.answers(OK)

        def handler() -> None:
            """Ask the stock"""
            stock.call()

        client = build([Route("GET", "/probe", handler, public)]).test_client()
        assert client.get("/probe", headers=headers).status_code == 200
        return stock.requests[0].headers

    return ask


def test_request_id_is_handed_on(hand_on):
    assert hand_on({"X-Request-ID": "id-0123456789"})["X-Request-ID"] == "id-0123456789"


def test_nothing_else_of_the_request_is(hand_on):
    sent = hand_on({"Authorization": "Bearer x", "Cookie": "a=b", "X-Forwarded-For": "1.2.3.4", "Accept": "text/html"})

    assert {"Authorization", "Cookie", "X-Forwarded-For", "X-Mdt-Session", "baggage"} & set(sent) == set()
    assert sent["Accept"] == "application/json"


def test_outside_of_a_request_there_is_nothing_to_hand_on(stock, session):
    stock.answers(OK)

    stock.call()

    assert "X-Request-ID" not in stock.requests[0].headers


def test_request_that_has_not_begun_has_no_id(app, stock):
    stock.answers(OK)

    with app.test_request_context(headers={"X-Mdt-Session": "s-1"}):
        stock.call()

    sent = stock.requests[0].headers
    assert ("X-Request-ID" in sent, sent["X-Mdt-Session"]) == (False, "s-1")


class TestSession:
    def test_is_handed_on(self, hand_on):
        sent = hand_on({"X-Mdt-Session": "tests/x.py::test_y[a b]@gw1"})

        assert sent["X-Mdt-Session"] == "tests/x.py::test_y[a b]@gw1"

    @table(
        "baggage, handed_on",
        [
            ("mdt.session=s-1", "mdt.session=s-1"),
            ("user=7, mdt.session=s-1;ttl=3 , tenant=9", "mdt.session=s-1"),
            ("mdt.session = s-1", "mdt.session = s-1"),
            *((other, None) for other in ("", "user=7", "xmdt.session=s-1", "mdt.sessions=s-1", ",;=", "mdt.session")),
        ],
    )
    def test_is_handed_on_as_baggage_without_the_other_members(self, hand_on, baggage, handed_on):
        assert hand_on({"baggage": baggage}).get("baggage") == handed_on

    @table("value, kept", [("s", True), ("s" * 256, True), ("s" * 257, False), ("\xe9", False), ("", False)])
    def test_strange_value_is_not(self, hand_on, value, kept):
        assert ("X-Mdt-Session" in hand_on({"X-Mdt-Session": value})) is kept

    @table("values, allowed", ALLOWED)
    def test_only_where_it_is_allowed(self, hand_on, values, allowed):
        settings = Settings(**values)
        environment = {name: getattr(settings, name) for name in ("app_env", "forward_test_session")}

        sent = hand_on({"X-Mdt-Session": "s-1", "baggage": "mdt.session=s-1"}, **environment)

        assert settings.forwards_test_session is allowed
        assert ("X-Mdt-Session" in sent, "baggage" in sent) == (allowed, allowed)

    def test_production_refuses_to_start_with_it(self):
        with pytest.raises(SettingsError, match="FORWARD_TEST_SESSION"):
            Settings(**PRODUCTION, forward_test_session=True)

    def test_production_would_not_do_it_anyway(self):
        assert not Settings(**PRODUCTION).model_copy(update={"forward_test_session": True}).forwards_test_session
