"""FT-010: the payment service's notifications come during an outage, at the same moment, interrupted, several times, in any order."""

import json
import time
from collections.abc import Sequence
from functools import partial
from itertools import product

from faultlab.adapter import Operation, Outgoing
from faultlab.case_run import CaseRun, Spec
from faultlab.cases import flow
from faultlab.cases.outages import database_away
from faultlab.proxy import At, How, Rule
from faultlab.report_model import Text
from sqlalchemy import bindparam, text

from backend.modules.payments import signatures

SECRET = "Wm3zTq8kLr5vXn1cYp7dHs4gBj9fAe2u"
PATH = "/webhook/payment/notify"
COPIES = 3
OUTAGE = 2.0  # seconds
ROUNDS = 8
PAYMENT = r"FROM payments\s"  # the statement that reads the payment, and locks it
TAKEN_IN = r"INSERT INTO webhook_events\b"
WIDEN = 0.15  # seconds for which the first writer is held, in case a twin overtakes it
DUE = text(
    "SELECT COUNT(*) FROM payment_transactions t JOIN payments p ON p.id = t.payment_id "
    "WHERE t.status = 'refund_due' AND p.order_number IN :orders"
).bindparams(bindparam("orders", expanding=True))
TAKEN = Text(en="Every copy is taken in the end", zh="每份通知最终都被接收")
ONCE = Text(en="Succeeded once, and that is the last word", zh="只成功一次，且为最终状态")
AGAIN = 30.0  # seconds in which the payment service sends a notification until it is taken


def notification(operation: Operation, status: str, event_id: str, transaction: str = "") -> Outgoing:
    """What the payment service sends, with its signature of this moment; every attempt to pay that fails is another one."""
    body = {
        "event_id": event_id,
        "transaction_id": transaction or f"{status}-{operation.id}",
        "order_id": operation.id,
        "status": status,
        "amount": (operation.amount or 0) / 100,
    }
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
    away = database_away(run)
    away.inject()
    away.wait_seen()
    refused = [_notify(run, paid, *one) for one in waiting]
    run.step(Text(en="Refused while the database is away", zh="数据库不可用时拒绝"), {503}, set(refused))
    run.pause(OUTAGE)
    away.recover()
    taken = [_until_taken(run, paid, *one) for one in waiting]
    run.step(Text(en="Taken afterwards, every copy", zh="恢复后全部接收"), {200}, set(taken))
    _settled(run, last, [paid])


def contradicting_at_once(run: CaseRun) -> None:
    """A failure and a success of one payment at the same moment: whoever is second sees what the first has done."""
    first, last, *paid = run.prepare(2 + ROUNDS)
    flow.steady(run, first)
    for one in paid:
        _twins(run, one, [("failed", f"failed-{one.id}"), ("succeeded", f"succeeded-{one.id}")])
    _settled(run, last, paid)


def copies_at_once(run: CaseRun) -> None:
    """One notification several times at the same moment: it is taken in once."""
    first, last, *paid = run.prepare(2 + ROUNDS)
    flow.steady(run, first)
    for one in paid:
        _twins(run, one, [("succeeded", f"succeeded-{one.id}")] * COPIES)
    _settled(run, last, paid)


def charged_twice_at_once(run: CaseRun) -> None:
    """Two transactions of one payment succeed at the same moment: one settles it, the other one has to be given back."""
    first, last, *paid = run.prepare(2 + ROUNDS)
    flow.steady(run, first)
    for one in paid:
        _twins(run, one, [("succeeded", f"{name}-{one.id}", f"{name}-{one.id}") for name in ("one", "two")])
    _settled(run, last, paid)
    with run.testbed.sql.connect() as sql:
        due = sql.execute(DUE, {"orders": [one.id for one in paid]}).scalar_one()
    run.step(Text(en="One of two charges is to be given back", zh="两笔扣款中一笔待退"), ROUNDS, due)


def _twins(run: CaseRun, operation: Operation, notifications: Sequence[tuple[str, ...]]) -> None:
    """They meet where they look at the payment; the first that goes on is held for a moment, in case another overtakes it."""
    run.send(operation, "steady")
    run.testbed.proxy.arm(
        flow.Meeting(PAYMENT, len(notifications)).rule(),
        *flow.Overtaking(TAKEN_IN, seconds=WIDEN).rules(),
    )
    answers = run.asking([notification(operation, *one) for one in notifications]).answers()
    run.heal()
    taken = {answer.status for answer in answers} | {_until_taken(run, operation, *one) for one in notifications}
    run.step(TAKEN, "200, 409, 503", taken, ok=200 in taken and taken <= {200, 409, 503})


def interrupted(run: CaseRun) -> None:
    """The connection is lost at the notification's COMMIT, before or after it was applied; the same comes again.

    Of two payments that have failed, one is paid after all.
    """
    first, last, *targets = run.prepare(6)
    flow.steady(run, first)
    told = [*product(("succeeded", "failed"), (At.BEFORE, At.REPLY))]
    for one, (status, at) in zip(targets, told, strict=True):
        run.send(one, "steady")
        rule = Rule(at, How.RESET, "COMMIT", after_write=TAKEN_IN, fault="reset", moment="m5")
        lost = run.fault(partial(run.testbed.proxy.arm, rule))
        lost.inject()
        _notify(run, one, status, f"{status}-{one.id}")
        lost.wait_seen(lambda: True)
        lost.recover()
        taken = _until_taken(run, one, status, f"{status}-{one.id}")
        run.step(TAKEN, 200, taken)
    *paid, failed, paid_after_all = targets
    _notify(run, paid_after_all, "succeeded", f"succeeded-{paid_after_all.id}")
    _settled(run, last, [*paid, paid_after_all])
    states = {one.operation: one.states[-1] for one in run.notes.books[-1].operations}
    run.step(
        Text(en="One has failed, and nobody owes anything", zh="一笔失败，应收已冲销"), "failed", states[failed.id]
    )


def _settled(run: CaseRun, last: Operation, paid: Sequence[Operation]) -> None:
    """Each has succeeded, once and in the end."""
    flow.aftermath(run, last)
    states = {one.operation: one.states for one in run.notes.books[-1].operations}
    ends = [(states[one.id][-1], states[one.id].count("succeeded")) for one in paid]
    run.step(ONCE, [("succeeded", 1)] * len(paid), ends)


def _notify(run: CaseRun, operation: Operation, *told: str) -> int | None:
    return run.ask(notification(operation, *told), "fault")[1].status


def _until_taken(run: CaseRun, operation: Operation, *told: str) -> int | None:
    until = time.monotonic() + AGAIN
    while (answer := _notify(run, operation, *told)) != 200 and time.monotonic() < until:
        run.pause(0.1)
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
    ),
    Spec(
        "FT-010a",
        Text(en="Failure and success notified at once", zh="失败与成功通知同时到达"),
        contradicting_at_once,
        priority="P0",
        fault="meet",
        moment="m2",
        clients=2,
        overlap=2,
        profile="deployed",
        planned=(2 * ROUNDS, None),
    ),
    Spec(
        "FT-010b",
        Text(en="One notification several times at once", zh="同一通知同时到达多次"),
        copies_at_once,
        priority="P0",
        fault="meet",
        moment="m2",
        clients=COPIES,
        overlap=2,
        profile="deployed",
        planned=(COPIES * ROUNDS, None),
    ),
    Spec(
        "FT-010c",
        Text(en="Notification interrupted at its COMMIT", zh="通知在提交时中断"),
        interrupted,
        priority="P0",
        fault="reset",
        moment="m5",
        profile="deployed",
        planned=(4, 4),
    ),
    Spec(
        "FT-010d",
        Text(en="Two charges of one payment notified at once", zh="同一支付的两笔扣款通知同时到达"),
        charged_twice_at_once,
        priority="P0",
        fault="meet",
        moment="m2",
        clients=2,
        overlap=2,
        profile="deployed",
        planned=(2 * ROUNDS, None),
    ),
]
