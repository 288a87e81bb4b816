"""FT-010: the payment service's notifications come during an outage, several times and in any order."""

import json
import time

from faultlab.adapter import Operation, Outgoing
from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.plan import bring_back, take_away
from faultlab.report_model import Text

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


def notified_in_an_outage(run: CaseRun) -> None:
    """A failure and a success of one payment, three copies each, shuffled; whatever is refused comes again until it is taken."""
    first, last, paid = run.prepare(3)
    flow.steady(run, first)
    run.send(paid, "steady")
    waiting = [("failed", f"failed-{paid.id}"), ("succeeded", f"succeeded-{paid.id}")] * COPIES
    run.random.shuffle(waiting)
    take_away(run)
    refused = [_notify(run, paid, *one) for one in waiting]
    run.step(Text(en="Refused while the database is away", zh="数据库不可用时拒绝"), {503}, set(refused))
    time.sleep(OUTAGE)
    bring_back(run)
    run.heal()
    taken = [_until_taken(run, paid, *one) for one in waiting]
    run.step(Text(en="Taken afterwards, every copy", zh="恢复后全部接收"), {200}, set(taken))
    flow.aftermath(run, last)
    states = next(one.states for one in run.notes.books[-1].operations if one.operation == paid.id)
    run.step(Text(en="Succeeded, once", zh="只成功一次"), 1, states.count("succeeded"))
    run.step(Text(en="And that is the last word", zh="且为最终状态"), "succeeded", states[-1])


def _notify(run: CaseRun, operation: Operation, status: str, event_id: str) -> int | None:
    return run.ask(notification(operation, status, event_id), "fault")[1].status


def _until_taken(run: CaseRun, operation: Operation, status: str, event_id: str) -> int | None:
    until = time.monotonic() + AGAIN
    while (answer := _notify(run, operation, status, event_id)) != 200 and time.monotonic() < until:
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
