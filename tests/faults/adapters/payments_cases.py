"""FT-010: the payment service's notifications come during an outage, several times and in any order."""

import json
import time

from faultlab.adapter import Operation, Outgoing
from faultlab.cases import flow
from faultlab.cases.plan import bring_back, take_away
from faultlab.record import Text
from faultlab.trial import Spec, Trial

from backend.modules.payments import signatures

SECRET = "Wm3zTq8kLr5vXn1cYp7dHs4gBj9fAe2u"
PATH = "/webhook/payment/notify"
COPIES = 3
OUTAGE = 2.0  # seconds
AGAIN = 30.0  # seconds in which the payment service sends a notification until it is taken


def notification(operation: Operation, status: str, event_id: str) -> Outgoing:
    """What the payment service sends, with its signature of this moment."""
    body = {"event_id": event_id, "order_id": operation.id, "status": status, "amount": (operation.amount or 0) / 100}
    now = str(int(time.time()))
    proof = signatures.sign(SECRET, now, json.dumps(body).encode())
    return Outgoing("POST", PATH, body, {signatures.TIMESTAMP: now, signatures.SIGNATURE: proof})


def notified_in_an_outage(trial: Trial) -> None:
    """A failure and a success of one payment, three copies each, shuffled; whatever is refused comes again until it is taken."""
    first, last, paid = trial.prepare(3)
    flow.steady(trial, first)
    trial.send(paid, "steady")
    waiting = [("failed", f"failed-{paid.id}"), ("succeeded", f"succeeded-{paid.id}")] * COPIES
    trial.random.shuffle(waiting)
    take_away(trial)
    refused = [_notify(trial, paid, *one) for one in waiting]
    trial.step("Refused while the database is away", "数据库不可用时拒绝", {503}, set(refused))
    time.sleep(OUTAGE)
    bring_back(trial)
    trial.heal()
    taken = [_until_taken(trial, paid, *one) for one in waiting]
    trial.step("Taken afterwards, every copy", "恢复后全部接收", {200}, set(taken))
    flow.aftermath(trial, last)
    states = next(one.states for one in trial.notes.books[-1].operations if one.operation == paid.id)
    trial.step("Succeeded, once", "只成功一次", 1, states.count("succeeded"))
    trial.step("And that is the last word", "且为最终状态", "succeeded", states[-1])


def _notify(trial: Trial, operation: Operation, status: str, event_id: str) -> int | None:
    return trial.ask(notification(operation, status, event_id), "fault")[1].status


def _until_taken(trial: Trial, operation: Operation, status: str, event_id: str) -> int | None:
    until = time.monotonic() + AGAIN
    while (answer := _notify(trial, operation, status, event_id)) != 200 and time.monotonic() < until:
        time.sleep(0.1)
    return answer


SPECS = [
    Spec(
        "FT-010",
        Text(en="Notifications during an outage", zh="中断期间的支付通知"),
        notified_in_an_outage,
        priority="P0",
        fault="kill",
        moment="m1",
        profile="deployed",
        alone=True,
        planned=(1, 1),
    )
]
