"""What makes a block void besides scenarios: stubs and expectations; and whom it is told."""

import pytest
import requests

from mdt import mock_scenario
from mdt.engine.expectations import RUNNING_TEST, Expectation
from mdt.inprocess.verification import UnusedScenarioError
from tests.unit.folders import write
from tests.unit.inprocess.conftest import CHECK

BODY = {"productId": "p", "quantity": 1}


@pytest.fixture
def told(monkeypatch):
    found = []
    monkeypatch.setattr(RUNNING_TEST, "hear", found.append)
    return found


def test_an_expectation_that_is_not_met_makes_a_block_void(told):
    happened = []
    for strict in (None, True):
        happened.clear()
        with mock_scenario("inventory.available") as m:
            m.session.expectations.append(Expectation("callback x", lambda: bool(happened), "nobody sent it"))
            requests.post(CHECK, json=BODY)
            happened.append(strict)
    assert told == []

    with mock_scenario("inventory.available") as m:
        m.session.expectations.append(Expectation("callback x", lambda: False, "nobody sent it"))
        requests.post(CHECK, json=BODY)
    assert told == [{"callback x": "nobody sent it"}]

    block = mock_scenario("inventory.available", strict=True)
    block.__enter__().session.expectations.append(Expectation("callback x", lambda: False, "nobody sent it"))
    requests.post(CHECK, json=BODY)
    with pytest.raises(UnusedScenarioError, match="callback x: nobody sent it"):
        block.__exit__(None, None, None)


def test_a_stub_of_the_outer_block_is_not_asked_of_the_inner_one(told):
    with mock_scenario("inventory.available") as m:
        m.stub("POST /internal/inventory/check", json={"quantity": 9}).reply(json=1)
        requests.post(CHECK, json=BODY)
        with mock_scenario("inventory.outOfStock"):
            requests.post(CHECK, json=BODY)
        assert told == []
    assert [list(one) for one in told] == [["inventory.stub-1 (POST /internal/inventory/check)"]]


def test_a_failing_block_is_not_void(told):
    with pytest.raises(ZeroDivisionError), mock_scenario("payment.declined"):
        raise ZeroDivisionError
    with mock_scenario("payment.declined", strict=False):
        pass

    assert told == []


CONTRACT = """
    {"service": "shop", "version": "1.0.0", "apis": [{"endpoint": "/x", "method": "GET", "response": {"count": 1}}]}
"""
SHOP = """
    contract: ../../contracts/shop/1.0.0.json
    default: ok
    routes: {GET /x: {ok: {json: {count: 2}}}, GET /own: {ok: {json: 1, offContract: true}}}
"""


def test_a_contract_that_no_call_met_makes_a_test_void(told, tmp_path):
    (tmp_path / "contracts/shop").mkdir(parents=True)
    (tmp_path / "contracts/shop/1.0.0.json").write_text(CONTRACT)
    mocks = write(tmp_path, {"internal/shop.yaml": SHOP})
    with mock_scenario("shop.ok", mocks=mocks) as m:
        assert m.broken_contracts() == []
        requests.get("http://shop.internal/x")
        assert m.broken_contracts() == []
    assert told == []

    with mock_scenario("shop.ok", mocks=mocks) as m:
        requests.get("http://shop.internal/own")
        assert m.broken_contracts() == []
        assert m.broken_contracts() == []
    assert told == [{"broken_contracts()": "no call was one that a contract knows"}]
