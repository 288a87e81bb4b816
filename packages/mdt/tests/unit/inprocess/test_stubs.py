"""Stubs in a block: they win over scenarios, end with their block, and are listed and removed one by one."""

import httpx2
import pytest
import requests

from mdt import mock_scenario
from mdt.errors import MdtError, UnmatchedRequestError
from tests.unit.inprocess.conftest import CHECK

pytestmark = pytest.mark.may_be_void("about stubs, which answer before what is selected")

ROUTE = "POST /internal/inventory/check"


def check(**body):
    return requests.post(CHECK, json={"productId": "p1", "quantity": 2, **body})


def test_a_stub_wins_over_the_scenario_until_it_is_removed():
    with mock_scenario("inventory.outOfStock") as m:
        stub = m.stub(ROUTE).reply(status=201, json={"id": "{{ req.json.productId }}"})
        assert (check().status_code, check().json()) == (201, {"id": "p1"})
        assert httpx2.post(CHECK, json={"productId": "p2", "quantity": 1}).json() == {"id": "p2"}
        stub.called(times=3)
        m.inventory.called(ROUTE, times=3, json={"quantity": {"min": 1}})
        stub.remove()
        assert check().json()["available"] is False
        with pytest.raises(MdtError, match="removed already"):
            stub.remove()


def test_several_answers_are_given_one_for_each_call_and_the_last_stays():
    with mock_scenario("inventory.available") as m:
        m.inventory.stub(ROUTE).reply(status=503).reply(json={"n": 2})
        assert [check().status_code for _ in range(3)] == [503, 200, 200]
        m.reset()
        assert check().status_code == 503


def test_the_most_specific_stub_answers_and_of_two_equal_ones_the_later():
    with mock_scenario("inventory.available") as m:
        first = m.stub(ROUTE, json={"quantity": 9}).reply(json={"n": 1})
        m.stub(ROUTE).reply(json={"n": 2})
        later = m.stub(ROUTE).reply(json={"n": 3})
        assert (check().json(), check(quantity=9).json()) == ({"n": 3}, {"n": 1})
        later.remove()
        assert check().json() == {"n": 2}
        assert len(first.calls()) == 1


def test_a_stub_may_answer_what_the_definitions_do_not_have():
    with mock_scenario("inventory.available") as m:
        m.inventory.stub("GET /internal/new/{id}", query={"q": "1"}).reply(text="{{ path.id }}")
        m.stub("ANY http://inventory.internal/any/{rest:path}").reply(fault="connection-reset")
        assert requests.get("http://inventory.internal/internal/new/7?q=1").text == "7"
        m.inventory.called("GET /internal/new/{id}")
        m.inventory.called("GET /internal/new/7", times=1)
        with pytest.raises(requests.ConnectionError):
            requests.put("http://inventory.internal/any/a/b")
        with pytest.raises(UnmatchedRequestError) as caught:
            requests.get("http://inventory.internal/internal/new/7?q=2")
        assert 'query ✗ ?q expected "1", got "2"' in str(caught.value)
        assert f"GET /internal/new/{{id}}   {__file__}:" in str(caught.value)
        m.reset()


def test_what_a_block_inside_another_adds_ends_with_it():
    with mock_scenario("inventory.available") as outer:
        outer.stub(ROUTE).reply(json={"n": 1})
        with mock_scenario("payment.success") as inner:
            assert check().json() == {"n": 1}
            inner.stub(ROUTE).reply(json={"n": 2})
            assert check().json() == {"n": 2}
        assert check().json() == {"n": 1}
    with mock_scenario("inventory.available"):
        assert check().json()["available"] is True


def test_a_stub_lies_over_a_virtual_service():
    with mock_scenario("stock.virtual") as m:
        m.stub("POST http://stock.internal/take").reply(status=418)
        assert requests.post("http://stock.internal/take").status_code == 418


MISTAKES = {  # the route and the answer: what is told
    ("POST /nowhere", None): "No service has the path of POST /nowhere. Say for which service the stub is: ",
    ("GET http://nobody.internal/x", None): "No service lives at nobody.internal.",
    ("PSOT http://inventory.internal/x", "json"): "'PSOT' is no method. Did you mean POST?",
    (ROUTE, "jsn"): "an answer has no key 'jsn'. Did you mean json?",
    (ROUTE, "passthrough"): "`passthrough` is true, or the url of the real service",
    (ROUTE, "file"): "none.bin cannot be read",
}


def test_mistakes_are_told():
    with mock_scenario("inventory.available") as m:
        for (route, key), expected in MISTAKES.items():
            answer = {key: "none.bin"} if key else {"json": 1}
            with pytest.raises(MdtError) as caught:
                m.stub(route).reply(**answer)
            assert expected in str(caught.value), (route, key)
        with pytest.raises(MdtError, match="object is no JSON value"):
            m.stub(ROUTE).reply(json={"a": object()})
        with pytest.raises(MdtError, match="is no JSONPath"):
            m.stub(ROUTE, json={"jsonPath": "["}).reply(json=1)
        with pytest.raises(MdtError, match="answers nothing yet"):
            m.stub(ROUTE).remove()
        with pytest.raises(AssertionError, match="was called 0 times"):
            m.stub(ROUTE).reply(json=1).called()
        assert check().json() == 1


def test_there_is_a_limit():
    with mock_scenario("inventory.available") as m:
        for number in range(1000):
            m.inventory.stub(f"GET /s/{number}").reply(json=number)
        assert requests.get("http://inventory.internal/s/999").json() == 999
        with pytest.raises(MdtError, match="A session has 1000 stubs at most"):
            m.inventory.stub("GET /s").reply(json=1)
