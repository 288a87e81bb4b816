"""What the database holds of payments, and whether it adds up: read in a few statements, however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from faultlab.adapter import Operation
from faultlab.report_model import DatabaseSnapshot, Stored
from sqlalchemy import Connection, RowMapping, text

SETTLED = ("succeeded", "refund_due")
PARTS = {
    "payment_requests": "SELECT payment_id, amount_fen FROM payment_requests",
    "payment_events": "SELECT payment_id, status FROM payment_events",
    "ledger_entries": "SELECT payment_id, account, amount_fen FROM ledger_entries",
    "outbox": "SELECT payment_id, kind FROM outbox",
    "webhook_events": "SELECT payment_id, event_id FROM webhook_events",
}
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
    problems = [problem for payment in payments for problem in _half(payment, parts)]
    return DatabaseSnapshot(
        t=0, when="settled", operations=list(_stored(payments, parts)), problems=[*problems, *_everywhere(sql)]
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
    have = {table: parts[table].get(payment["id"], []) for table in PARTS}
    for table, wanted in _wanted(payment, have).items():
        if sorted(have[table]) != sorted(wanted):
            yield f"payment of {payment['order_number']}: {table} has {sorted(have[table])}, not {sorted(wanted)}"
    notified = [event for (event,) in have["webhook_events"]]
    if len(set(notified)) < len(notified):
        yield f"payment of {payment['order_number']}: a notification was taken in twice: {sorted(notified)}"
    states = [status for (status,) in have["payment_events"]]
    if not states or states[-1] != payment["status"]:
        yield f"payment of {payment['order_number']} is {payment['status']}, and its events say {states}"


def _wanted(payment: Mapping[str, Any], have: Mapping[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    amount = payment["amount_fen"]
    entries = [("receivable", amount), ("sales", -amount)]
    if payment["status"] in SETTLED:
        entries += [("cash", amount), ("receivable", -amount)]
    kinds = [(f"payment.{'created' if status == 'pending' else status}",) for (status,) in have["payment_events"]]
    return {"payment_requests": [(amount,)], "ledger_entries": entries, "outbox": kinds}


def _everywhere(sql: Connection) -> Iterator[str]:
    for table in PARTS:
        if orphans := sql.execute(text(ORPHANS.format(table=table))).scalar_one():
            yield f"{orphans} rows of {table} belong to no payment"
    if balance := sql.execute(text(BALANCE)).scalar_one():
        yield f"the entries of the ledger add up to {balance}, not to 0"
