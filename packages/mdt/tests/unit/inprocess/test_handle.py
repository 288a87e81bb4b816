"""What `with mock_scenario(...) as m` gives."""

from datetime import timedelta

import pytest
import requests

from mdt import mock_scenario, sequence
from mdt.errors import MdtError, UnknownScenarioError, UnmatchedRequestError
from tests.unit.inprocess.conftest import CHECK

pytestmark = pytest.mark.may_be_void("about what a block can be asked, whatever is called in it")

ROUTE = "POST /internal/inventory/check"
CHARGE = "https://pay.example.com:8443/v1/charge"
STOCK = "http://stock.internal/take"


def check(product="p1", **options):
    return requests.post(CHECK, json={"productId": product, "quantity": 2}, **options)


def test_switch_changes_what_it_names_only():
    with mock_scenario("inventory.outOfStock", "payment.declined") as m:
        m.switch(["inventory.serviceError"])
        assert check().status_code == 503
        assert requests.post(CHARGE).status_code == 402
        m.switch(sequence("inventory.available", "inventory.outOfStock"), "payment.success")
        assert [check().json()["available"] for _ in range(2)] == [True, False]
        with pytest.raises(UnknownScenarioError):
            m.switch("inventory.nothing")


def test_reset_begins_anew_but_keeps_the_choice():
    with mock_scenario("inventory.flaky") as m:
        check()
        requests.post(STOCK)
        m.clock.advance(days=1)
        m.reset()
        assert m.calls() == []
        assert m.state("stock").left == 5
        assert check().status_code == 503


def test_reset_forgets_calls_that_nothing_answered():
    with mock_scenario("inventory.available") as m:
        with pytest.raises(UnmatchedRequestError):
            requests.get("http://inventory.internal/nothing")
        m.reset()


def test_the_clock_is_the_sessions():
    with mock_scenario("inventory.dice") as m:
        m.clock.freeze()
        before = m.clock.now()
        m.clock.advance(minutes=15)
        assert m.clock.now() - before == timedelta(minutes=15)
        assert check().json()["at"].startswith(m.clock.now().isoformat()[:19])


class TestCalled:
    def test_it_returns_the_calls(self):
        with mock_scenario("inventory.outOfStock") as m:
            check("a"), check("b")
            assert len(m.inventory.called()) == 2
            found = m.inventory.called(ROUTE, times=1, json={"productId": "b"})
            assert found[0].request.json["productId"] == "b"

    def test_too_few_too_many_and_none_fail_with_the_calls(self):
        with mock_scenario("inventory.outOfStock") as m:
            with pytest.raises(
                AssertionError, match=r"expected at least once, but was called never(.|\n)*never called"
            ):
                m.inventory.called(ROUTE)
            check("a")
            with pytest.raises(
                AssertionError, match=r"expected 2 times, but was called once(.|\n)*1\. POST .* outOfStock"
            ):
                m.inventory.called(ROUTE, times=2)
            with pytest.raises(AssertionError, match=r'\$\.productId expected "b", got "a"'):
                m.inventory.called(ROUTE, json={"productId": "b"})
            check("a")
            with pytest.raises(AssertionError, match="expected once, but was called 2 times"):
                m.inventory.called(ROUTE, times=1)

    def test_times_zero_and_not_called(self):
        with mock_scenario("inventory.outOfStock") as m:
            m.inventory.called(ROUTE, times=0)
            assert m.inventory.not_called() is True
            check("a")
            assert m.inventory.not_called(ROUTE, json={"productId": "b"})  # noqa: PGH005
            with pytest.raises(AssertionError, match="expected never, but was called once"):
                m.inventory.not_called(ROUTE)

    def test_parts_and_matchers_of_the_definitions_work(self):
        with mock_scenario("inventory.outOfStock") as m:
            check("a", params={"x": "1"}, headers={"X-Trace": "t"})
            m.inventory.called(
                ROUTE,
                json={"quantity": {"min": 2}, "productId": {"oneOf": ["a", "z"]}},
                query={"x": 1},
                headers={"X-Trace": "t"},
                text={"contains": "productId"},
            )
            requests.post(CHARGE, data={"amount": "5"})
            m.payment.called("POST /charge", form={"amount": {"type": "integer"}})

    def test_every_part_of_a_match_can_be_asked_for(self):
        with mock_scenario("inventory.available") as m:
            check(headers={"cookie": "sid=1"}, auth=("ann", "p"))
            m.inventory.called(json={"jsonPath": {"$.quantity": 2}}, cookies={"sid": 1}, basicAuth={"user": "ann"})
            m.inventory.called(json={"jsonSchema": {"required": ["productId"]}})
            m.inventory.not_called(xml="<a/>")
            m.inventory.not_called(graphql="Cart")
            with pytest.raises(MdtError, match="is no JSONPath"):
                m.inventory.called(json={"jsonPath": "items["})
            with pytest.raises(MdtError, match="only a definition can name the file"):
                m.inventory.called(json={"jsonSchema": "order.json"})

    def test_a_path_may_be_given_in_place_of_its_template(self):
        with mock_scenario("inventory.available") as m:
            requests.get("http://inventory.internal/products/1")
            m.inventory.called("GET /products/{id}", times=1)
            m.inventory.called("GET /products/1", times=1)
            m.inventory.not_called("GET /products/2")
            requests.post(CHARGE)
            m.payment.called("POST /charge", times=1)

    def test_a_virtual_service_can_be_asked_too(self):
        with mock_scenario("stock.virtual") as m:
            requests.post(STOCK)
            m.stock.called("POST /take", times=1)

    def test_a_mistyped_route_or_part_is_an_error_not_a_pass(self):
        with mock_scenario("inventory.available") as m:
            with pytest.raises(MdtError, match="Did you mean POST /internal/inventory/check"):
                m.inventory.not_called("POST /internal/inventory/chek")
            with pytest.raises(MdtError, match="has no key 'jsn'"):
                m.inventory.not_called(ROUTE, jsn={})

    def test_an_unmatched_call_was_not_answered(self):
        with mock_scenario("inventory.available") as m:
            with pytest.raises(UnmatchedRequestError):
                requests.post("http://inventory.internal/strict", json={})
            with pytest.raises(AssertionError, match="unmatched"):
                m.inventory.called("POST /strict")
            m.reset()

    def test_a_long_list_is_cut(self):
        with mock_scenario("inventory.available") as m:
            for number in range(12):
                check(str(number))
            with pytest.raises(AssertionError) as told:
                m.inventory.not_called()
            assert str(told.value).count("\n") == 10


def test_services_are_attributes_and_items():
    with mock_scenario("inventory.available") as m:
        assert m["inventory"].calls() == m.inventory.calls() == []
        assert {"inventory", "payment", "switch"} <= set(dir(m))
        with pytest.raises(AttributeError, match="Did you mean inventory"):
            m.inventry  # noqa: B018
        with pytest.raises(MdtError, match="no service 'nothing'"):
            m["nothing"]
        assert not hasattr(m, "__length_hint__")


def test_state_can_be_read_and_changed_before_the_first_call():
    with mock_scenario("stock.virtual") as m:
        m.state("stock").left = 2
        assert requests.post(STOCK).json() == {"left": 1}
        assert m.state("stock").left == 1
        with pytest.raises(MdtError, match="no virtual service"):
            m.state("inventory")
        with pytest.raises(MdtError, match="no service"):
            m.state("nothing")


def test_a_scenario_lies_over_the_virtual_service():
    with mock_scenario("stock.virtual", "stock.soldOut") as m:
        assert requests.post(STOCK).status_code == 409
        assert m.state("stock").left == 5


def test_calls_are_the_journals_entries():
    with mock_scenario("inventory.outOfStock") as m:
        check()
        (entry,) = m.calls()
        assert (entry.service, entry.route, entry.scenario) == ("inventory", ROUTE, "outOfStock")
        assert m.journal.entries() == [entry]
