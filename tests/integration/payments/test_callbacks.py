"""Notifications that reach the application at the same moment, as mocks/external/payment/callbacks.yaml sends them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from mdt.api import default_scenarios
from mdt.callbacks.deliveries import Sending

from tests.integration.payments.conftest import SECRET

FOLDER = Path(__file__).resolve().parents[3] / "mocks"

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def send(shop: Flask, pay, body, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Sending]]:
    """Sends a callback about the payment of the owner's order."""
    assert pay().status_code == 201
    monkeypatch.setenv("PAYMENT_WEBHOOK_SECRET", SECRET)
    data = {"order": body["order_id"], "amount": body["amount"]}
    with default_scenarios(mocks=FOLDER) as mocks:
        yield lambda name: mocks.callbacks.send(f"payment.{name}", client=shop.test_client(), data=data)


def test_eight_copies_in_the_application_at_once_are_one_payment(send, sql, books):
    sending = send("parallel")

    assert sending.overlapped
    assert sending.statuses == [200] * 8
    assert sql.value("SELECT state FROM orders") == "paid"
    assert books.counts() == [1, 1, 2, 4, 2, 1]


def test_success_and_failure_at_once_are_success(send, sql, books):
    sending = send("contrary")

    assert sending.overlapped
    assert sending.statuses == [200, 200]
    assert sql.value("SELECT status FROM payments") == "succeeded"
    assert sql.value("SELECT COUNT(*) FROM webhook_events") == 2
