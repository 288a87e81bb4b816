"""What the database holds of payments, and whether it adds up: read in a few statements, however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from faultlab.adapter import Operation
from faultlab.report_model import DatabaseSnapshot, Stored
from sqlalchemy import Connection, RowMapping, text

SETTLED = ("succeeded", "refund_due")
BOOKED = {  # state: what is booked when a payment comes into it, as pairs of the accounts that are debited and credited
    "pending": [("receivable", "sales")],
    "failed": [("sales", "receivable")],
    "reopened": [("receivable", "sales")],
    "succeeded": [("cash", "receivable")],
    "refund_due": [("cash", "receivable"), ("sales", "refunds_payable")],
}
SURPLUS = {"refund_due": [("cash", "refunds_payable")], "settled": []}  # the status of a second transaction
PARTS = {
    "payment_requests": "SELECT payment_id, amount_fen FROM payment_requests",
    "payment_events": "SELECT payment_id, status FROM payment_events",
    "ledger_entries": "SELECT payment_id, account, amount_fen FROM ledger_entries",
    "webhook_events": "SELECT payment_id, event_id, status, transaction_id FROM webhook_events",
    "payment_transactions": "SELECT payment_id, number, transaction_id, amount_fen, status FROM payment_transactions",
}
MESSAGES = "SELECT group_key, kind FROM jobs WHERE kind LIKE 'payment.%' ORDER BY id"
GROUP = "payment-"
OF_THESE = " WHERE payment_id IN (SELECT id FROM payments WHERE order_id > :after) ORDER BY id"
PAYMENTS = "SELECT id, order_number, amount_fen, status FROM payments WHERE order_id > :after ORDER BY id"
ORPHANS = "SELECT COUNT(*) FROM {table} LEFT JOIN payments ON payments.id = payment_id WHERE payments.id IS NULL"
BALANCE = "SELECT COALESCE(SUM(amount_fen), 0) FROM ledger_entries"

Parts = dict[str, dict[int, list[tuple[Any, ...]]]]


def read(sql: Connection, operations: Sequence[Operation]) -> DatabaseSnapshot:
    """Of each order its payments; of each payment whether everything that belongs to it is there, once."""
    after = {"after": min((operation.facts["after"] for operation in operations), default=0)}
    payments = sql.execute(text(PAYMENTS), after).mappings().all()
    parts = {table: _by_payment(sql.execute(text(query + OF_THESE), after)) for table, query in PARTS.items()}
    messages = [(int(group.removeprefix(GROUP)), kind) for group, kind in sql.execute(text(MESSAGES))]
    parts["messages"] = _by_payment(messages)
    problems = [problem for payment in payments for problem in _half(payment, parts)]
    return DatabaseSnapshot(
        t=0,
        when="settled",
        operations=list(_stored(payments, parts)),
        problems=[*problems, *_everywhere(sql, messages)],
    )


def _by_payment(rows: Iterable[Any]) -> dict[int, list[tuple[Any, ...]]]:
    found = defaultdict(list)
    for payment, *rest in rows:
        found[payment].append(tuple(rest))
    return found


def _stored(payments: Sequence[RowMapping], parts: Parts) -> Iterator[Stored]:
    by_order: dict[str, list[RowMapping]] = defaultdict(list)
    for payment in payments:
        by_order[payment["order_number"]].append(payment)
    for number, rows in by_order.items():
        states = [status for (status,) in parts["payment_events"].get(rows[0]["id"], [])]
        yield Stored(operation=number, count=len(rows), amount=rows[0]["amount_fen"], states=states)


def _half(payment: Mapping[str, Any], parts: Parts) -> Iterator[str]:
    """What is missing of this payment, or there too often."""
    have = {table: rows.get(payment["id"], []) for table, rows in parts.items()}
    for table, wanted in _wanted(payment, have).items():
        if sorted(have[table]) != sorted(wanted):
            yield f"payment of {payment['order_number']}: {table} has {sorted(have[table])}, not {sorted(wanted)}"
    notified = [event for event, *_ in have["webhook_events"]]
    if len(set(notified)) < len(notified):
        yield f"payment of {payment['order_number']}: a notification was taken in twice: {sorted(notified)}"
    came = {transaction for _, status, transaction in have["webhook_events"] if status == "succeeded"}
    kept = [transaction for _, transaction, *_ in have["payment_transactions"]]
    if sorted(came) != sorted(kept):
        yield f"payment of {payment['order_number']}: money came as {sorted(came)}, and is kept as {sorted(kept)}"
    states = [status for (status,) in have["payment_events"]]
    if not states or states[-1] != payment["status"]:
        yield f"payment of {payment['order_number']} is {payment['status']}, and its events say {states}"


def _wanted(payment: Mapping[str, Any], have: Mapping[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    states = [status for (status,) in have["payment_events"]]
    surplus = sorted(have["payment_transactions"])[1:]
    postings = [BOOKED[one] for one in (*states, *(["reopened"] if _reopened(payment, states) else []))]
    entries = [entry for posting in postings for entry in _entries(posting, payment["amount_fen"])]
    entries += [entry for *_, amount, status in surplus for entry in _entries(SURPLUS[status], amount)]
    kinds = [(f"payment.{'created' if status == 'pending' else status}",) for status in states]
    return {"payment_requests": [(payment["amount_fen"],)], "ledger_entries": entries, "messages": kinds}


def _reopened(payment: Mapping[str, Any], states: Sequence[str]) -> bool:
    """It had failed and was paid after all."""
    return "failed" in states and payment["status"] in SETTLED


def _entries(moves: Sequence[tuple[str, str]], amount: int) -> list[tuple[str, int]]:
    return [entry for debit, credit in moves for entry in ((debit, amount), (credit, -amount))]


def _everywhere(sql: Connection, messages: Sequence[tuple[int, str]]) -> Iterator[str]:
    for table in PARTS:
        if orphans := sql.execute(text(ORPHANS.format(table=table))).scalar_one():
            yield f"{orphans} rows of {table} belong to no payment"
    known = {*sql.execute(text("SELECT id FROM payments")).scalars()}
    if lost := sum(payment not in known for payment, _ in messages):
        yield f"{lost} messages belong to no payment"
    if balance := sql.execute(text(BALANCE)).scalar_one():
        yield f"the entries of the ledger add up to {balance}, not to 0"
