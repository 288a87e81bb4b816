"""What makes a block void besides scenarios: stubs and expectations; and whom it is told."""

import pytest
import requests

from mdt import mock_scenario
from mdt.engine.expectations import Expectation
from mdt.inprocess.pytest_context import PYTEST
from mdt.inprocess.verification import UnusedScenarioError
from tests.unit.inprocess.conftest import CHECK

BODY = {"productId": "p", "quantity": 1}


@pytest.fixture
def told(monkeypatch):
    found = []
    monkeypatch.setattr(PYTEST, "void", found.append)
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
