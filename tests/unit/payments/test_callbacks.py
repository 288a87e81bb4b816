"""The payment service's notifications as mocks/external/payment/callbacks.yaml sends them: genuine, repeated, late, forged."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mdt.api import Mocks, default_scenarios
from mdt.callbacks.deliveries import Sending

from backend.core import clock
from backend.modules.payments.model import PaymentTransaction, WebhookEvent
from tests.unit.payments.matrix import SECRET

FOLDER = Path(__file__).resolve().parents[3] / "mocks"

type Send = Callable[..., Sending]


@pytest.fixture
def mocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mocks]:
    """A session whose clock the application has too."""
    monkeypatch.setenv("PAYMENT_WEBHOOK_SECRET", SECRET)
    with default_scenarios(mocks=FOLDER) as block:
        monkeypatch.setattr(clock, "utcnow", block.clock.now)
        yield block


@pytest.fixture
def send(app, pay, body, mocks) -> Send:
    """Sends a callback about the payment of the owner's order."""
    assert pay().status_code == 201
    data = {"order": body["order_id"], "amount": body["amount"]}
    return lambda name: mocks.callbacks.send(f"payment.{name}", client=app.test_client(), data=data)


@pytest.fixture
def status(api, owner, body) -> Callable[[], str]:
    return lambda: api.get(f"/payment/{body['order_id']}", by=owner).json["data"]["status"]


@pytest.mark.parametrize(
    ("name", "answers", "ends", "events"),
    [
        ("success", [200], "succeeded", 1),
        ("failed", [200], "failed", 1),
        ("duplicate", [200, 200, 200], "succeeded", 1),
        ("reordered", [200, 200], "succeeded", 2),
        ("replayed", [200, 200], "succeeded", 1),
        ("wrongSignature", [401], "pending", 0),
        ("unsigned", [401], "pending", 0),
        ("staleTime", [401], "pending", 0),
        ("changedBody", [401], "pending", 0),
    ],
)
def test_genuine_ones_count_once_and_forged_ones_never(
    send: Send, status: Callable[[], str], rows: Any, name: str, answers: list[int], ends: str, events: int
) -> None:
    sending = send(name)

    assert sending.statuses == answers
    assert status() == ends
    assert len(rows(WebhookEvent)) == events
    assert len(rows(PaymentTransaction)) == (ends == "succeeded")


@pytest.mark.parametrize(("name", "ends"), [("delayed", "succeeded"), ("tooLate", "refund_due")])
def test_one_that_comes_late_settles_the_payment_or_has_to_be_given_back(
    send: Send, status: Callable[[], str], mocks: Mocks, name: str, ends: str
) -> None:
    sending = send(name)
    before = status()

    mocks.clock.advance(minutes=20)

    assert (before, sending.statuses, status()) == ("pending", [200], ends)
